//! Notices: what a form has done, shown once by the page that follows.
//!
//! A cookie carries the notice's name over the redirect, never a text: another site could have set it.

use super::words::Words;

/// The name of the cookie.
pub(crate) const COOKIE: &str = "sw-notice";
/// Seconds until a notice that no page has shown is gone.
pub(crate) const SECONDS: u64 = 60;

macro_rules! notices {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal, $words:ident;)+) => {
        /// Something that a form has done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Notice {
            $($(#[doc = $doc])* $name,)+
        }

        impl Notice {
            /// Returns whether it says that something was not done.
            pub(crate) const fn is_refusal(self) -> bool {
                matches!(
                    self,
                    Self::BadQuantity | Self::CartFull | Self::LogInFirst | Self::NotCancellable
                )
            }

            /// Returns the notice that a cookie names.
            pub(crate) fn find(code: &str) -> Option<Self> {
                match code {
                    $($code => Some(Self::$name),)+
                    _ => None,
                }
            }

            /// Returns its name in the cookie.
            pub(crate) const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }

            /// Returns its text.
            pub(crate) const fn text(self, words: &'static Words) -> &'static str {
                match self {
                    $(Self::$name => words.$words,)+
                }
            }
        }
    };
}

notices! {
    /// A product is in the cart.
    Added = "added", notice_added;
    /// A line of the cart was changed or removed.
    Changed = "changed", notice_changed;
    /// The cart has no room for another product.
    CartFull = "cart-full", notice_full;
    /// An order was placed.
    Ordered = "ordered", notice_ordered;
    /// Nothing is left to order.
    NothingLeft = "nothing-left", notice_nothing_left;
    /// The items of an order are in the cart again.
    Again = "again", notice_again;
    /// An order was cancelled.
    Cancelled = "cancelled", notice_cancelled;
    /// An order could not be cancelled any more.
    NotCancellable = "not-cancellable", not_cancellable;
    /// A session was opened.
    Welcome = "welcome", notice_welcome;
    /// A session was ended.
    LoggedOut = "logged-out", notice_logged_out;
    /// The password was changed.
    PasswordChanged = "password", notice_password;
    /// A mail with a link is on its way, if there is such an account.
    MailSent = "mail-sent", notice_mail_sent;
    /// A forgotten password was replaced.
    PasswordReset = "reset", notice_reset;
    /// A page needs a session.
    LogInFirst = "log-in-first", notice_log_in_first;
    /// A quantity was out of range.
    BadQuantity = "bad-quantity", fault_quantity;
}
