//! `streamward admin`: staff accounts.

use std::process::ExitCode;

use anyhow::{Result, bail};
use api::accounts::{self, AccountError};
use clap::{Args, Subcommand};
use serde_json::json;
use shop::{
    BadSetting,
    locate::Location,
    output::{self, Table},
};
use store::account::{self, Role, User};

#[derive(Debug, Args)]
pub(crate) struct AdminArgs {
    #[command(subcommand)]
    pub(crate) action: AdminAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AdminAction {
    /// Create an account; its generated password is printed once.
    Create(CreateArgs),
    /// List the accounts with one of these roles; reads every key of the shop.
    List(ListArgs),
    /// Give an account a new password, printed once, and end all its sessions. Its API keys stay.
    Reset(ResetArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// Mail address to log in with.
    email: String,
    /// Roles: customer, operator, admin; separated by commas.
    #[arg(long, required = true, value_delimiter = ',')]
    role: Vec<Role>,
    /// Display name.
    #[arg(long, default_value = "Staff")]
    name: String,
    #[command(flatten)]
    location: Location,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Roles, separated by commas.
    #[arg(long, default_value = "operator,admin", value_delimiter = ',')]
    role: Vec<Role>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    location: Location,
}

#[derive(Debug, Args)]
pub(crate) struct ResetArgs {
    /// Mail address to log in with.
    email: String,
    #[command(flatten)]
    location: Location,
}

pub(crate) async fn run(action: AdminAction) -> Result<ExitCode> {
    match action {
        AdminAction::Create(args) => create(&args).await,
        AdminAction::List(args) => list(&args).await,
        AdminAction::Reset(args) => reset(&args).await,
    }
}

async fn create(args: &CreateArgs) -> Result<ExitCode> {
    let (email, name) = (&args.email, args.name.trim());
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        let problem = "must have 1 to 100 characters, none of them a control character";
        return Err(BadSetting::new("--name", problem).into());
    }
    let runtime = args.location.runtime().await?;
    let created = accounts::create(&runtime, email, name, &args.role).await;
    match created.map_err(account_error)? {
        Some(password) => print_password(email, &password),
        None => bail!("{email} has an account; `streamward admin reset` gives it a new password"),
    }
}

async fn reset(args: &ResetArgs) -> Result<ExitCode> {
    let email = &args.email;
    let runtime = args.location.runtime().await?;
    let reset = accounts::reset(&runtime, email).await;
    match reset.map_err(account_error)? {
        Some(password) => print_password(email, &password),
        None => bail!("{email} has no account"),
    }
}

fn print_password(email: &str, password: &str) -> Result<ExitCode> {
    output::json(&json!({ "email": email.trim().to_lowercase(), "password": password }))?;
    Ok(ExitCode::SUCCESS)
}

fn account_error(error: AccountError) -> anyhow::Error {
    match error {
        AccountError::Email { problem } => BadSetting::new("<EMAIL>", problem).into(),
        AccountError::Store(error) => error.into(),
    }
}

async fn list(args: &ListArgs) -> Result<ExitCode> {
    let runtime = args.location.runtime().await?;
    let users = account::list_accounts(&runtime, &args.role).await?;
    let roles =
        |user: &User| -> Vec<&'static str> { user.roles.iter().map(|role| role.name()).collect() };
    if args.json {
        let line = |user: &User| {
            json!({
                "email": user.email,
                "name": user.name,
                "customerId": user.customer_id,
                "roles": roles(user),
            })
        };
        output::json(&users.iter().map(line).collect::<Vec<_>>())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Table::new(["mail address", "name", "roles"]);
    for user in &users {
        table.row([&user.email, &user.name, &roles(user).join(" ")]);
    }
    table.print();
    Ok(ExitCode::SUCCESS)
}
