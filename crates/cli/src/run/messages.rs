//! Settings of mail and SMS, and the notifier that follows from them.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use notification_worker::{
    AdminAlerts, Language, Outbox, Recipient, RemoteNotifier, SendError, Settings, SmsApi, Smtp,
};
use shop::BadSetting;

use super::settings::Secret;

/// Delivery of mail and SMS. Messages without a server are written into the outbox folder.
#[derive(Clone, Debug, Args)]
pub(crate) struct MessageArgs {
    /// Mail server: smtp://[user:password@]host[:port][?tls=required|opportunistic|none] or smtps://..;
    /// without it mail is written into `<data>/outbox`.
    #[arg(long, env = "STREAMWARD_SMTP", hide_env_values = true)]
    smtp: Option<Secret>,
    /// Sender of mail.
    #[arg(
        long,
        env = "STREAMWARD_MAIL_FROM",
        default_value = "Streamward <shop@streamward.local>"
    )]
    mail_from: String,
    /// SMS API of Twilio's form: the complete URL that messages are posted to; without it SMS are
    /// written into `<data>/outbox`.
    #[arg(
        long,
        env = "STREAMWARD_SMS_URL",
        hide_env_values = true,
        requires_all = ["sms_user", "sms_password", "sms_from"]
    )]
    sms_url: Option<String>,
    /// User of the SMS API: the account.
    #[arg(long, env = "STREAMWARD_SMS_USER")]
    sms_user: Option<String>,
    /// Password of the SMS API: the token.
    #[arg(long, env = "STREAMWARD_SMS_PASSWORD", hide_env_values = true)]
    sms_password: Option<Secret>,
    /// Number or name of the sender of SMS.
    #[arg(long, env = "STREAMWARD_SMS_FROM")]
    sms_from: Option<String>,
    /// Language of messages: en or de.
    #[arg(long, env = "STREAMWARD_LANGUAGE", default_value = "en")]
    language: Language,
    /// Recipients of alerts, such as low stock; separated by commas, or the flag again. No alerts are
    /// sent by default.
    #[arg(long, env = "STREAMWARD_ADMIN_MAIL", value_delimiter = ',')]
    admin_mail: Vec<String>,
}

impl MessageArgs {
    /// Checks every value, without a folder or a connection.
    pub(super) fn check(&self) -> Result<()> {
        Recipient::parse(&self.mail_from).map_err(BadSetting::of("--mail-from"))?;
        self.smtp_server()?;
        self.sms_api()?;
        self.settings()?;
        Ok(())
    }

    /// Opens the delivery of mail and SMS.
    pub(super) fn notifier(&self, outbox: PathBuf) -> Result<RemoteNotifier> {
        let notifier = RemoteNotifier::new(Outbox::open(outbox)?, &self.mail_from);
        let notifier = notifier.map_err(BadSetting::of("--mail-from"))?;
        Ok(notifier.smtp(self.smtp_server()?).sms_api(self.sms_api()?))
    }

    fn smtp_server(&self) -> Result<Option<Smtp>, BadSetting> {
        let smtp = self.smtp.as_ref().map(Secret::reveal).map(Smtp::new);
        smtp.transpose().map_err(BadSetting::of("--smtp"))
    }

    fn sms_api(&self) -> Result<Option<SmsApi>> {
        let Self {
            sms_url: Some(url),
            sms_user: Some(user),
            sms_password: Some(password),
            sms_from: Some(from),
            ..
        } = self
        else {
            return Ok(None);
        };
        let api = SmsApi::new(url, user, password.reveal(), from);
        Ok(Some(api.map_err(BadSetting::of("--sms-url"))?))
    }

    /// Returns the settings of the notification service.
    pub(super) fn settings(&self) -> Result<Settings> {
        let admins = self.admin_mail.iter().map(|address| address.trim());
        let admins = admins.filter(|address| !address.is_empty());
        let admins: Result<Vec<Recipient>, SendError> = admins.map(Recipient::parse).collect();
        let admins = admins.map_err(BadSetting::of("--admin-mail"))?;
        Ok(Settings {
            language: self.language,
            admin_alerts: (!admins.is_empty()).then_some(AdminAlerts { admins }),
        })
    }
}
