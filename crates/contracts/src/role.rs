//! Roles of accounts.

use crate::words::words;

words!(
    /// Role of an account.
    Role, "role" {
        /// Order, and see one's own orders.
        Customer = "customer",
        /// Inspect and operate the runtime.
        Operator = "operator",
        /// Everything.
        Admin = "admin",
    }
);
