//! Password hashes: argon2id, few at a time, in memory that is allocated once.
//!
//! A hash fills 19 MiB. Left to the allocator, every thread that ever hashed would keep as much for
//! itself; here as many blocks as may be in use at once are handed from one to the next.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
};

/// Each takes a core for tens of milliseconds: more at once would starve the orders.
const AT_ONCE: usize = 2;
/// Requests that may wait or hash; the next one is better told to come back.
const PLACES: usize = 64;

/// A password could not be hashed or checked.
#[derive(Debug, thiserror::Error)]
#[error("password hashing failed: {0}")]
pub struct PasswordError(String);

impl PasswordError {
    fn new(cause: impl ToString) -> Self {
        Self(cause.to_string())
    }
}

/// What one hash costs.
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

/// The one place of a process where passwords are hashed. Clones are handles to it.
#[derive(Clone)]
pub struct Hasher {
    inner: Arc<Inner>,
}

struct Inner {
    cost: Cost,
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
    memory: Mutex<Vec<Vec<Block>>>,
}

/// A place among those whose passwords are hashed or wait for it.
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
}

impl Hasher {
    /// Hashes new passwords at this cost; old ones are checked at their own.
    pub fn new(cost: Cost) -> Self {
        Self {
            inner: Arc::new(Inner {
                cost,
                turns: Arc::new(Semaphore::new(AT_ONCE)),
                places: Arc::new(Semaphore::new(PLACES)),
                memory: Mutex::new(Vec::new()),
            }),
        }
    }

    /// A place in the queue, or `None` when it is full.
    pub(crate) fn queue(&self) -> Option<Place> {
        let permit = Arc::clone(&self.inner.places).try_acquire_owned().ok()?;
        Some(Place { _permit: permit })
    }

    /// The argon2id hash of `password` in PHC form, with a random salt.
    ///
    /// # Errors
    /// [`PasswordError`], in practice only when the process is shutting down.
    pub async fn hash(&self, password: String) -> Result<String, PasswordError> {
        let Cost { memory_kib, passes } = self.inner.cost;
        let params = Params::new(memory_kib, passes, 1, None).map_err(PasswordError::new)?;
        self.in_turn(move |inner| {
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

    /// Whether `password` is the one behind `hash`; a text that is no argon2id hash has none.
    pub(crate) async fn verify(
        &self,
        password: String,
        hash: String,
    ) -> Result<bool, PasswordError> {
        self.in_turn(move |inner| {
            let Some((params, salt, expected)) = parse(&hash) else {
                return Ok(false);
            };
            let found = inner.derive(&password, &salt, &params, expected.len())?;
            Ok(same(&found, &expected))
        })
        .await
    }

    /// The hash of a password nobody knows; checking against it takes as long as a real check.
    pub(crate) async fn decoy(&self) -> String {
        // Without a decoy unknown users are told apart by time; that is no reason not to start.
        self.hash(hex::encode(rand::random::<[u8; 16]>()))
            .await
            .unwrap_or_default()
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let turn = Arc::clone(&self.inner.turns).acquire_owned().await;
        let turn = turn.map_err(PasswordError::new)?;
        let inner = Arc::clone(&self.inner);
        // The turn goes along: an abandoned request still keeps a core busy until it is done.
        let work = move || {
            let _turn = turn;
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
        // Whoever panicked while it held the list has not left it half done.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn parse(hash: &str) -> Option<(Params, Vec<u8>, Vec<u8>)> {
    let hash = PasswordHash::new(hash).ok()?;
    let params = Params::try_from(&hash).ok()?;
    let ours = hash.algorithm == Algorithm::Argon2id.ident()
        && hash.version == Some(Version::V0x13.into());
    let (salt, output) = (hash.salt.as_ref()?, hash.hash.as_ref()?);
    ours.then(|| (params, salt.to_vec(), output.as_bytes().to_vec()))
}

/// Compares in the same time wherever the first difference is: both are put through a MAC under a key
/// nobody knows, and `verify_slice` compares what comes out.
fn same(one: &[u8], other: &[u8]) -> bool {
    let key = rand::random::<[u8; 32]>();
    let mac = |text: &[u8]| {
        Hmac::<Sha256>::new_from_slice(&key).map(|mut mac| {
            mac.update(text);
            mac
        })
    };
    match (mac(one), mac(other)) {
        (Ok(one), Ok(other)) => one.verify_slice(&other.finalize().into_bytes()).is_ok(),
        _ => false,
    }
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

/// The argon2id hash of `password` in PHC form, for tools that hash one.
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
    async fn a_hash_knows_its_password_and_no_other() {
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
    async fn the_library_reads_what_is_written_here_and_the_other_way_round() {
        use argon2::{PasswordHasher as _, PasswordVerifier as _};
        let hasher = Hasher::new(CHEAP);
        let ours = hasher.hash("secret".to_owned()).await.unwrap();
        assert!(Argon2::default().verify_password(b"secret", &*ours).is_ok());
        let theirs = Argon2::default().hash_password(b"secret").unwrap();
        let found = hasher.verify("secret".to_owned(), theirs.to_string());
        assert!(found.await.unwrap());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn a_flood_uses_as_much_memory_as_two_hashes_and_waits_in_a_bounded_queue() {
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
