//! Password hashes: argon2id, with bounded concurrency and memory.
//!
//! A hash needs 19 MiB. With memory from the allocator every thread that ever hashed would keep that much; here as
//! many blocks as can be in use at once are reused.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
};

/// Concurrent hashes. Each occupies a core for tens of milliseconds: more would starve the orders.
const AT_ONCE: usize = 2;
/// Requests that wait or hash; further ones are refused.
const PLACES: usize = 64;

/// Error of hashing or checking a password.
#[derive(Debug, thiserror::Error)]
#[error("password hashing failed: {0}")]
pub struct PasswordError(String);

impl PasswordError {
    fn new(cause: impl ToString) -> Self {
        Self(cause.to_string())
    }
}

/// Cost of one hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB, at least 8.
    pub memory_kib: u32,
    /// Passes over it, at least 1.
    pub passes: u32,
}

impl Default for Cost {
    /// 19 MiB and two passes, as OWASP advises.
    fn default() -> Self {
        Self {
            memory_kib: Params::DEFAULT_M_COST,
            passes: Params::DEFAULT_T_COST,
        }
    }
}

/// The password hasher of a process. Clones are handles to the same one.
#[derive(Clone)]
pub struct Hasher {
    inner: Arc<Inner>,
}

struct Inner {
    cost: Cost,
    running: Arc<Semaphore>,
    places: Arc<Semaphore>,
    memory: Mutex<Vec<Vec<Block>>>,
}

/// A place in the queue of passwords.
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
}

impl Hasher {
    /// Creates a hasher. New passwords are hashed at this cost; existing hashes carry their own.
    pub fn new(cost: Cost) -> Self {
        Self {
            inner: Arc::new(Inner {
                cost,
                running: Arc::new(Semaphore::new(AT_ONCE)),
                places: Arc::new(Semaphore::new(PLACES)),
                memory: Mutex::new(Vec::new()),
            }),
        }
    }

    /// Returns a place in the queue, or `None` when it is full.
    pub(crate) fn queue(&self) -> Option<Place> {
        let permit = Arc::clone(&self.inner.places).try_acquire_owned().ok()?;
        Some(Place { _permit: permit })
    }

    /// Returns the argon2id hash of `password` in PHC form, with a random salt.
    ///
    /// # Errors
    /// [`PasswordError`], in practice only when the process is shutting down.
    pub async fn hash(&self, password: String) -> Result<String, PasswordError> {
        let Cost { memory_kib, passes } = self.inner.cost;
        let params = Params::new(memory_kib, passes, 1, None).map_err(PasswordError::new)?;
        self.run(move |inner| {
            let salt = rand::random::<[u8; Salt::RECOMMENDED_LENGTH]>();
            let output = inner.derive(&password, &salt, &params, Params::DEFAULT_OUTPUT_LEN)?;
            let hash = PasswordHash {
                algorithm: Algorithm::Argon2id.ident(),
                version: Some(Version::V0x13.into()),
                params: ParamsString::try_from(&params).map_err(PasswordError::new)?,
                salt: Some(Salt::new(&salt).map_err(PasswordError::new)?),
                hash: Some(Output::new(&output).map_err(PasswordError::new)?),
            };
            Ok(hash.to_string())
        })
        .await
    }

    /// Returns whether `hash` is that of `password`; `false` for a text that is not an argon2id hash.
    pub(crate) async fn verify(
        &self,
        password: String,
        hash: String,
    ) -> Result<bool, PasswordError> {
        self.run(move |inner| {
            let Some((params, salt, expected)) = parse(&hash) else {
                return Ok(false);
            };
            let found = inner.derive(&password, &salt, &params, expected.len())?;
            // `Output` compares in constant time.
            Ok(Output::new(&found).is_ok_and(|found| found == expected))
        })
        .await
    }

    /// Returns the hash of an unknown password. A check against it takes as long as a real one.
    pub(crate) async fn decoy(&self) -> String {
        // Without a decoy, response times reveal unknown accounts; that is no reason not to start.
        self.hash(hex::encode(rand::random::<[u8; 16]>()))
            .await
            .unwrap_or_default()
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let permit = Arc::clone(&self.inner.running).acquire_owned().await;
        let permit = permit.map_err(PasswordError::new)?;
        let inner = Arc::clone(&self.inner);
        // The permit moves along: an abandoned hash occupies a core until it is done.
        let work = move || {
            let _permit = permit;
            work(&inner)
        };
        spawn_blocking(work).await.map_err(PasswordError::new)?
    }
}

impl Inner {
    fn derive(
        &self,
        password: &str,
        salt: &[u8],
        params: &Params,
        length: usize,
    ) -> Result<Vec<u8>, PasswordError> {
        let mut memory = self.pool().pop().unwrap_or_default();
        let needed = params.block_count();
        if memory.len() < needed {
            memory.resize(needed, Block::default());
        }
        let mut output = vec![0; length];
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
        let blocks = memory.get_mut(..needed).unwrap_or_default();
        let derived =
            argon2.hash_password_into_with_memory(password.as_bytes(), salt, &mut output, blocks);
        self.pool().push(memory);
        derived.map(|()| output).map_err(PasswordError::new)
    }

    fn pool(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        // The list is consistent even after a panic of a holder.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn parse(hash: &str) -> Option<(Params, Vec<u8>, Output)> {
    let hash = PasswordHash::new(hash).ok()?;
    let params = Params::try_from(&hash).ok()?;
    let ours = hash.algorithm == Algorithm::Argon2id.ident()
        && hash.version == Some(Version::V0x13.into());
    let (salt, output) = (hash.salt.as_ref()?, hash.hash.as_ref()?);
    ours.then(|| (params, salt.to_vec(), *output))
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new(Cost::default())
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher")
            .field("cost", &self.inner.cost)
            .finish_non_exhaustive()
    }
}

/// Returns the argon2id hash of `password` in PHC form, at the default cost.
///
/// # Errors
/// [`PasswordError`], in practice only when the process is shutting down.
pub async fn hash_password(password: String) -> Result<String, PasswordError> {
    Hasher::default().hash(password).await
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost {
        memory_kib: 64,
        passes: 1,
    };

    #[tokio::test]
    async fn a_hash_matches_its_password_only() {
        let hasher = Hasher::new(CHEAP);
        let hash = hasher.hash("correct horse".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        for (password, fits) in [
            ("correct horse", true),
            ("correct horsf", false),
            ("", false),
        ] {
            let found = hasher.verify(password.to_owned(), hash.clone()).await;
            assert_eq!(found.unwrap(), fits, "{password:?}");
        }
        for broken in [
            "",
            "plain",
            &hash[..40],
            &hash.replace("argon2id", "argon2i"),
        ] {
            let found = hasher.verify("correct horse".to_owned(), broken.to_owned());
            assert!(!found.await.unwrap(), "{broken:?}");
        }
    }

    #[tokio::test]
    async fn hashes_are_compatible_with_the_library_in_both_directions() {
        use argon2::{PasswordHasher as _, PasswordVerifier as _};
        let hasher = Hasher::new(CHEAP);
        let ours = hasher.hash("secret".to_owned()).await.unwrap();
        assert!(Argon2::default().verify_password(b"secret", &*ours).is_ok());
        let theirs = Argon2::default().hash_password(b"secret").unwrap();
        let found = hasher.verify("secret".to_owned(), theirs.to_string());
        assert!(found.await.unwrap());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn a_flood_uses_the_memory_of_two_hashes_and_a_bounded_queue() {
        let hasher = Hasher::new(CHEAP);
        let mut places = Vec::new();
        while let Some(place) = hasher.queue() {
            places.push(place);
        }
        assert_eq!(places.len(), PLACES);
        let mut flood = tokio::task::JoinSet::new();
        for place in places {
            let hasher = hasher.clone();
            flood.spawn(async move {
                let _place = place;
                hasher.hash("secret".to_owned()).await.unwrap()
            });
        }
        flood.join_all().await;
        let pool = hasher.inner.pool();
        let sizes: Vec<usize> = pool.iter().map(Vec::len).collect();
        assert!((1..=AT_ONCE).contains(&sizes.len()), "{sizes:?}");
        assert!(sizes.iter().all(|blocks| *blocks == 64), "{sizes:?}");
        assert!(hasher.queue().is_some());
    }
}
