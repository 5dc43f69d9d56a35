use std::io;

use redis::{ErrorKind, RedisError, make_extension_error};

use super::*;

/// Returns the error of a reply such as `OOM command not allowed`.
fn reply(text: &str) -> Error {
    let (code, detail) = text.split_once(' ').unwrap_or((text, ""));
    make_extension_error(code.to_owned(), Some(detail.to_owned())).into()
}

const OUTAGES: &[&str] = &[
    "LOADING Redis is loading the dataset in memory",
    "BUSY Redis is busy running a script",
    "TRYAGAIN Multiple keys request during rehashing of slot",
    "READONLY You can't write against a read only replica.",
    "MASTERDOWN Link with MASTER is down",
    "CLUSTERDOWN Hash slot not served",
    "OOM command not allowed when used memory > 'maxmemory'.",
    "MISCONF Redis is configured to save RDB snapshots",
    "NOREPLICAS Not enough good replicas to write.",
    "NOAUTH Authentication required.",
    "WRONGPASS invalid username-password pair or user is disabled.",
    "NOPERM this user has no permissions to run the 'xadd' command",
    "DENIED Redis is running in protected mode",
    "UNBLOCKED force unblock from blocking operation",
    "EXECABORT Transaction discarded because of previous errors.",
    "ERR max number of clients reached",
    "ERR Error running script: Script killed by user with SCRIPT KILL...",
    "ERR The user executing the script can't run this command or subcommand",
    "ERR Error running script (call to f_1): @user_script:1: -OOM command not allowed",
];
const LOST_RACES: &[&str] = &[
    "NOGROUP No such key 'orders' or consumer group",
    "ERR Error running script (call to f_1): @user_script:1: -NOGROUP No such key",
    "ERR no such key",
    "NOSCRIPT No matching script. Please use EVAL.",
];
const BUGS: &[&str] = &[
    "WRONGTYPE Operation against a key holding the wrong kind of value",
    "ERR wrong number of arguments for 'xadd' command",
    "ERR user_script:7: attempt to index a nil value",
    "CROSSSLOT Keys in request don't hash to the same slot",
];

#[test]
fn an_outage_is_told_from_a_bug_by_each_code() {
    for (class, texts) in [
        (Class::Outage, OUTAGES),
        (Class::LostRace, LOST_RACES),
        (Class::Bug, BUGS),
    ] {
        for text in texts {
            assert_eq!(reply(text).class(), class, "{text}");
        }
    }
}

#[test]
fn a_connection_that_fails_is_an_outage_and_a_malformed_url_is_not() {
    for kind in [
        io::ErrorKind::ConnectionRefused,
        io::ErrorKind::ConnectionReset,
        io::ErrorKind::BrokenPipe,
        io::ErrorKind::UnexpectedEof,
        io::ErrorKind::NotFound,
        io::ErrorKind::TimedOut,
        io::ErrorKind::WouldBlock,
        io::ErrorKind::PermissionDenied,
        io::ErrorKind::HostUnreachable,
    ] {
        let error = Error::from(RedisError::from(io::Error::from(kind)));
        assert_eq!(error.class(), Class::Outage, "{kind}");
        assert!(error.passes());
    }
    let refused = RedisError::from((ErrorKind::AuthenticationFailed, "authentication failed"));
    assert_eq!(Error::from(refused).class(), Class::Outage);
    let malformed = RedisError::from((ErrorKind::InvalidClientConfig, "no URL"));
    assert_eq!(Error::from(malformed).class(), Class::Refusal);
    let odd = RedisError::from((ErrorKind::UnexpectedReturnType, "not a number"));
    assert_eq!(Error::from(odd).class(), Class::Bug);
}

#[test]
fn the_runtimes_own_errors_have_a_class() {
    let problem = String::new();
    for (error, class) in [
        (
            Error::Pool {
                problem: problem.clone(),
            },
            Class::Outage,
        ),
        (
            Error::TooFewReplicas {
                wanted: 2,
                reached: 1,
            },
            Class::Outage,
        ),
        (
            Error::setting("partitions", problem.clone()),
            Class::Refusal,
        ),
        (
            Error::KeyPart {
                what: "namespace",
                value: problem.clone(),
            },
            Class::Refusal,
        ),
        (
            Error::Reply {
                script: "order/place_order",
                reply: problem.clone(),
            },
            Class::Bug,
        ),
        (
            Error::Pack {
                kind: "OrderPlaced",
                cause: problem,
            },
            Class::Bug,
        ),
    ] {
        assert_eq!(error.class(), class, "{error}");
        assert_eq!(error.passes(), class == Class::Outage);
    }
}
