//! The names of consumers: `<service>@<host>#<boot>-<slot>`, never given twice.

use std::sync::{
    LazyLock,
    atomic::{AtomicU32, Ordering},
};

/// Boot-unique: two processes on one host, or one host started twice, never share a name.
static BOOT: LazyLock<String> = LazyLock::new(|| {
    let host = hostname();
    let boot = ulid::Ulid::from_parts(crate::clock::now_ms(), rand::random()).to_string();
    // The ten characters of the millisecond and three random ones. The name is in every delivery's
    // line of the append-only file, so the rest would cost more than it tells.
    format!("{host}#{}", boot[..13].to_lowercase())
});

/// Numbers the consumers of this process.
static SLOT: AtomicU32 = AtomicU32::new(0);

fn hostname() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let name: String = name.trim().chars().filter(plain).take(48).collect();
    if name.is_empty() {
        "host".to_owned()
    } else {
        name
    }
}

/// The name of a new consumer of `service` in this process.
pub(crate) fn next_name(service: &str) -> String {
    let slot = SLOT.fetch_add(1, Ordering::Relaxed);
    format!("{service}@{}-{slot}", *BOOT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_given_twice_and_all_say_whose_they_are() {
        let (one, two) = (next_name("mailer"), next_name("mailer"));
        assert_ne!(one, two);
        assert!(one.starts_with("mailer@") && one.contains('#'), "{one}");
    }
}
