//! `streamward admin`: the accounts of those who run the shop.

use std::process::ExitCode;

use anyhow::{Result, bail};
use api::accounts::{self, AccountError};
use serde_json::json;
use store::account::{self, Role, User};

use clap::{Args as ClapArgs, Subcommand};
use shop::{
    locate::{self, Location},
    output::{self, Table},
    setting::BadSetting,
};

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
        place: Location,
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
        place: Location,
    },
    /// Give an account a new password, printed once, and end all its sessions. Its API keys stay.
    Reset {
        /// The mail address it logs in with.
        email: String,
        #[command(flatten)]
        place: Location,
    },
}

fn role(word: &str) -> Result<Role, String> {
    Role::named(word).ok_or_else(|| "expected customer, operator or admin".to_owned())
}

pub(crate) async fn run(action: &AdminAction) -> Result<ExitCode> {
    match action {
        AdminAction::Create {
            email,
            role,
            name,
            place,
        } => create(email, role, name, place).await,
        AdminAction::List { role, json, place } => list(role, *json, place).await,
        AdminAction::Reset { email, place } => reset(email, place).await,
    }
}

async fn create(email: &str, roles: &[Role], name: &str, place: &Location) -> Result<ExitCode> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        let problem = "must have 1 to 100 characters, none of them a control character";
        return Err(BadSetting::new("--name", problem).into());
    }
    let runtime = locate::runtime(place).await?;
    match accounts::create(&runtime, email, name, roles).await {
        Ok(Some(password)) => say(email, &password),
        Ok(None) => {
            bail!("{email} has an account; `streamward admin reset` gives it a new password")
        }
        Err(error) => Err(told(error)),
    }
}

async fn reset(email: &str, place: &Location) -> Result<ExitCode> {
    let runtime = locate::runtime(place).await?;
    match accounts::reset(&runtime, email).await {
        Ok(Some(password)) => say(email, &password),
        Ok(None) => bail!("{email} has no account"),
        Err(error) => Err(told(error)),
    }
}

/// The one time that the password is seen.
fn say(email: &str, password: &str) -> Result<ExitCode> {
    output::json(&json!({ "email": email.trim().to_lowercase(), "password": password }))?;
    Ok(ExitCode::SUCCESS)
}

fn told(error: AccountError) -> anyhow::Error {
    match error {
        AccountError::Email { problem } => BadSetting::new("<EMAIL>", problem).into(),
        AccountError::Store(error) => error.into(),
    }
}

async fn list(roles: &[Role], as_json: bool, place: &Location) -> Result<ExitCode> {
    let runtime = locate::runtime(place).await?;
    let people = account::list_accounts(&runtime, roles).await?;
    let names =
        |user: &User| -> Vec<&'static str> { user.roles.iter().map(|role| role.name()).collect() };
    if as_json {
        let line = |user: &User| {
            json!({
                "email": user.email,
                "name": user.name,
                "customerId": user.customer_id,
                "roles": names(user),
            })
        };
        output::json(&people.iter().map(line).collect::<Vec<_>>())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Table::new(["mail address", "name", "roles"]);
    for user in &people {
        let roles = names(user).join(" ");
        table.row([user.email.as_str(), user.name.as_str(), roles.as_str()]);
    }
    table.print();
    Ok(ExitCode::SUCCESS)
}
