//! Mail and SMS: their settings, and the notifier that follows from them.

use std::{convert::Infallible, fmt, path::PathBuf, str::FromStr};

use anyhow::Result;
use clap::Args as ClapArgs;
use notification_worker::{
    AdminAlerts, Language, Outbox, Recipient, RemoteNotifier, SendError, Settings, SmsApi, Smtp,
};
use shop::setting::BadSetting;

/// A setting that is never shown.
#[derive(Clone)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

/// Where mail and SMS go. What has no server goes into the outbox folder.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct MessageArgs {
    /// The mail server: smtp://[user:password@]host[:port][?tls=required|opportunistic|none] or smtps://..;
    /// without it mail goes into `<data>/outbox`.
    #[arg(long, env = "STREAMWARD_SMTP", hide_env_values = true)]
    pub(crate) smtp: Option<Secret>,
    /// Who mail is from.
    #[arg(
        long,
        env = "STREAMWARD_MAIL_FROM",
        default_value = "Streamward <shop@streamward.local>"
    )]
    pub(crate) mail_from: String,
    /// The SMS API, in Twilio's form: the whole address that messages are posted to; without it SMS
    /// go into `<data>/outbox`.
    #[arg(
        long,
        env = "STREAMWARD_SMS_URL",
        requires_all = ["sms_user", "sms_password", "sms_from"]
    )]
    pub(crate) sms_url: Option<String>,
    /// Its user: the account.
    #[arg(long, env = "STREAMWARD_SMS_USER")]
    pub(crate) sms_user: Option<String>,
    /// Its password: the token.
    #[arg(long, env = "STREAMWARD_SMS_PASSWORD", hide_env_values = true)]
    pub(crate) sms_password: Option<Secret>,
    /// The number or name that SMS are from.
    #[arg(long, env = "STREAMWARD_SMS_FROM")]
    pub(crate) sms_from: Option<String>,
    /// The language of letters: en or de.
    #[arg(long, env = "STREAMWARD_LANGUAGE", default_value = "en")]
    pub(crate) language: Language,
    /// Who is told when a product becomes scarce; several with commas, or the flag again. Without it
    /// nobody is.
    #[arg(long, env = "STREAMWARD_ADMIN_MAIL", value_delimiter = ',')]
    pub(crate) admin_mail: Vec<String>,
    /// A product is scarce when so many units or fewer can be ordered.
    #[arg(long, env = "STREAMWARD_LOW_STOCK", default_value_t = 5)]
    pub(crate) low_stock: u32,
}

/// Who carries mail and SMS.
pub(crate) fn open(outbox: PathBuf, args: &MessageArgs) -> Result<RemoteNotifier> {
    let notifier = RemoteNotifier::new(Outbox::open(outbox)?, &args.mail_from)
        .map_err(|error| BadSetting::new("--mail-from", error.to_string()))?;
    // An empty variable is one that was left out.
    let smtp = args.smtp.as_ref().map(Secret::reveal);
    let smtp = smtp.filter(|url| !url.is_empty());
    let smtp = smtp.map(Smtp::new).transpose();
    let smtp = smtp.map_err(|error| BadSetting::new("--smtp", error.to_string()))?;
    Ok(notifier.smtp(smtp).sms_api(sms_api(args)?))
}

fn sms_api(args: &MessageArgs) -> Result<Option<SmsApi>> {
    let MessageArgs {
        sms_url: Some(url),
        sms_user: Some(user),
        sms_password: Some(password),
        sms_from: Some(from),
        ..
    } = args
    else {
        return Ok(None);
    };
    if url.is_empty() {
        return Ok(None);
    }
    let api = SmsApi::new(url, user, password.reveal(), from);
    let api = api.map_err(|error| BadSetting::new("--sms-url", error.to_string()))?;
    Ok(Some(api))
}

fn admins(args: &MessageArgs) -> impl Iterator<Item = &str> {
    let all = args.admin_mail.iter().map(|one| one.trim());
    all.filter(|one| !one.is_empty())
}

/// What the notification service is told beside that.
pub(crate) fn settings(args: &MessageArgs) -> Result<Settings> {
    let admins: Result<Vec<Recipient>, SendError> = admins(args).map(Recipient::parse).collect();
    let admins = admins.map_err(|error| BadSetting::new("--admin-mail", error.to_string()))?;
    Ok(Settings {
        language: args.language,
        admin_alerts: (!admins.is_empty()).then_some(AdminAlerts {
            low_stock_threshold: args.low_stock,
            admins,
        }),
    })
}
