//! Accounts: which action, and whose.

use clap::{Args as ClapArgs, Subcommand};
use store::account::Role;

use super::Where;

#[derive(Debug, ClapArgs)]
pub(crate) struct AdminArgs {
    #[command(subcommand)]
    pub(crate) action: AdminAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AdminAction {
    /// Create an account; its password is made up and printed once.
    Create {
        /// The mail address it logs in with.
        email: String,
        /// What it may do: customer, operator, admin; several with commas.
        #[arg(long, required = true, value_delimiter = ',', value_parser = role)]
        role: Vec<Role>,
        /// The name it is greeted by.
        #[arg(long, default_value = "Staff")]
        name: String,
        #[command(flatten)]
        place: Where,
    },
    /// List the accounts with one of these roles; it looks at every key of the shop.
    List {
        /// Which roles, with commas between.
        #[arg(long, default_value = "operator,admin", value_delimiter = ',', value_parser = role)]
        role: Vec<Role>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: Where,
    },
    /// Give an account a new password, printed once, and end all its sessions. Its API keys stay.
    Reset {
        /// The mail address it logs in with.
        email: String,
        #[command(flatten)]
        place: Where,
    },
}

fn role(word: &str) -> Result<Role, String> {
    Role::named(word).ok_or_else(|| "expected customer, operator or admin".to_owned())
}
