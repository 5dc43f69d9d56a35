//! The courier that the settings describe.

use std::path::PathBuf;

use anyhow::Result;
use notification_worker::{LowStock, Outbox, Post, Recipient, SendError, Settings, SmsApi, Smtp};

use crate::{
    args::{MessageArgs, Secret},
    setting::BadSetting,
};

/// Who carries mail and SMS.
pub(crate) fn open(outbox: PathBuf, args: &MessageArgs) -> Result<Post> {
    let post = Post::new(Outbox::open(outbox)?, &args.mail_from)
        .map_err(|error| BadSetting::new("--mail-from", error.to_string()))?;
    // An empty variable is one that was left out.
    let smtp = args.smtp.as_ref().map(Secret::reveal);
    let smtp = smtp.filter(|url| !url.is_empty());
    let smtp = smtp.map(Smtp::new).transpose();
    let smtp = smtp.map_err(|error| BadSetting::new("--smtp", error.to_string()))?;
    Ok(post.smtp(smtp).sms_api(sms_api(args)?))
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
    let threshold = args.low_stock;
    Ok(Settings {
        language: args.language,
        low_stock: (!admins.is_empty()).then_some(LowStock { threshold, admins }),
    })
}
