//! English phrases.

use contracts::{
    Money, OrderId,
    event::{CancelReason, CouponRefusal, DisableReason, LowStock, RejectReason},
};

use super::language::{Phrases, Wording};

pub(super) struct English;

impl Phrases for English {
    fn code(&self) -> &'static str {
        "en"
    }

    fn dear(&self, name: &str) -> String {
        format!("Dear {name},")
    }

    fn confirmed(&self, order: &OrderId) -> Wording {
        let thanks = "Thank you, your payment has arrived and your order is on its way.";
        Wording::new(format!("Your order {order} is confirmed"), &[thanks])
    }

    fn rejected(
        &self,
        order: &OrderId,
        why: RejectReason,
        coupon: Option<CouponRefusal>,
    ) -> Wording {
        let why = match why {
            RejectReason::OutOfStock => "There is not enough left of what you ordered.",
            RejectReason::CouponRefused => refusal(coupon),
        };
        let sorry = "We are sorry, your order cannot be served. You have not been charged.";
        Wording::new(format!("Your order {order} was rejected"), &[sorry, why])
    }

    fn shortage(&self, name: &str, wanted: u32, left: u32) -> String {
        format!("{name}: {wanted} ordered, {left} available")
    }

    fn cancelled(&self, order: &OrderId, why: CancelReason) -> Wording {
        let late = "If a payment still arrives, it goes back to you.";
        let (why, money) = match why {
            CancelReason::PaymentTimeout => (
                "Your order was cancelled because it was not paid in time.",
                late,
            ),
            CancelReason::ByCustomer => {
                ("Your order was cancelled because you asked for it.", late)
            }
            CancelReason::ByAdmin => ("We are sorry, we had to cancel your order.", late),
            CancelReason::AmountMismatch => (
                "Your order was cancelled because what was paid is not what it costs.",
                "What was paid goes back to you; please order again.",
            ),
        };
        Wording::new(format!("Your order {order} was cancelled"), &[why, money])
    }

    fn payment_failed(&self, order: &OrderId, failure: &str) -> Wording {
        let why = format!("Your payment failed: {failure}");
        let again = "Your order is kept for now, and you can try again.";
        let subject = format!("Your payment for order {order} failed");
        Wording::new(subject, &[&why, again])
    }

    fn payment_due(&self, order: &OrderId, minutes: u64) -> Wording {
        let plural = if minutes == 1 { "" } else { "s" };
        let left = format!(
            "Your order is still to be paid. It is kept for {minutes} more minute{plural}, then it is cancelled."
        );
        Wording::new(
            format!("Your order {order} waits for your payment"),
            &[&left],
        )
    }

    fn refunded(&self, order: &OrderId, amount: &str) -> Wording {
        let back = format!(
            "We have paid {amount} back to you. It may take some days until your bank shows it."
        );
        Wording::new(format!("Your order {order} was refunded"), &[&back])
    }

    fn payment_returned(&self, order: &OrderId, amount: &str) -> Wording {
        let back = format!(
            "We have received {amount} for your order, which is not open any more, and have sent it back to you. It may take some days until your bank shows it."
        );
        let subject = format!("Your payment for order {order} goes back to you");
        Wording::new(subject, &[&back])
    }

    fn low_stock(&self, event: &LowStock) -> Wording {
        let (product, left, held) = (&event.product_id, event.available, event.reserved);
        let threshold = event.threshold;
        let how_many = format!(
            "{left} units of {product} can still be ordered; {held} more are held for open orders."
        );
        let until = format!("The next alert is sent only after stock was above {threshold}.");
        Wording::new(
            format!("{product} is running out: {left} left"),
            &[&how_many, &until],
        )
    }

    fn webhook_disabled(&self, host: &str, why: DisableReason, error: &str) -> Wording {
        let why = match why {
            DisableReason::Gone => "It answered that it is gone for good (410).",
            DisableReason::Exhausted => "It has failed through all attempts of a delivery.",
            DisableReason::ByAdmin => "An administrator has disabled it.",
        };
        let last = format!("The last attempt: {error}");
        let next = "It receives no events until it is enabled again. Missed deliveries are in its delivery log \
                    and can be replayed from there.";
        let subject = format!("The webhook at {host} was switched off");
        Wording::new(subject, &[why, &last, next])
    }

    fn password_reset(&self, minutes: u64) -> Wording {
        let link = format!(
            "A new password was requested for your account. The link is valid for {minutes} minutes and works once."
        );
        let other = "If you have not requested it, ignore this mail: nothing has changed.";
        Wording::new("Set a new password".to_owned(), &[&link, other])
    }

    fn set_password(&self) -> &'static str {
        "Set a new password"
    }

    fn pay_here(&self) -> &'static str {
        "Pay here"
    }

    fn discount(&self, coupon: &str) -> String {
        format!("Coupon {coupon}")
    }

    fn total(&self) -> &'static str {
        "Total"
    }

    fn money(&self, money: Money) -> String {
        money.to_string()
    }
}

fn refusal(why: Option<CouponRefusal>) -> &'static str {
    match why {
        Some(CouponRefusal::NotYetValid) => "Your coupon is not valid yet.",
        Some(CouponRefusal::Expired) => "Your coupon has expired.",
        Some(CouponRefusal::WrongCurrency) => "Your coupon is for another currency.",
        Some(CouponRefusal::MinimumNotReached) => "Your order is too small for your coupon.",
        Some(CouponRefusal::UsedUp) => "Your coupon has been used up.",
        Some(CouponRefusal::UsedUpByCustomer) => "You have used this coupon before.",
        Some(CouponRefusal::Unknown | CouponRefusal::Inactive) | None => {
            "Your coupon cannot be used."
        }
    }
}
