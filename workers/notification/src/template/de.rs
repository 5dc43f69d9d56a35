//! German phrases.

use contracts::{
    Money, OrderId,
    event::{CancelReason, CouponRefusal, DisableReason, LowStock, RejectReason},
};

use super::language::{Phrases, Wording};

pub(super) struct German;

impl Phrases for German {
    fn code(&self) -> &'static str {
        "de"
    }

    fn dear(&self, name: &str) -> String {
        format!("Guten Tag {name},")
    }

    fn confirmed(&self, order: &OrderId) -> Wording {
        let thanks = "vielen Dank, Ihre Zahlung ist eingegangen und Ihre Bestellung unterwegs.";
        Wording::new(format!("Ihre Bestellung {order} ist bestätigt"), &[thanks])
    }

    fn rejected(
        &self,
        order: &OrderId,
        why: RejectReason,
        coupon: Option<CouponRefusal>,
    ) -> Wording {
        let why = match why {
            RejectReason::OutOfStock => "Von Ihren Artikeln ist nicht mehr genug da.",
            RejectReason::CouponRefused => refusal(coupon),
        };
        let sorry = "leider können wir Ihre Bestellung nicht ausführen. Es wurde nichts abgebucht.";
        Wording::new(
            format!("Ihre Bestellung {order} wurde abgelehnt"),
            &[sorry, why],
        )
    }

    fn shortage(&self, name: &str, wanted: u32, left: u32) -> String {
        format!("{name}: {wanted} bestellt, {left} verfügbar")
    }

    fn cancelled(&self, order: &OrderId, why: CancelReason) -> Wording {
        let late = "Kommt noch eine Zahlung an, erhalten Sie sie zurück.";
        let (why, money) = match why {
            CancelReason::PaymentTimeout => (
                "Ihre Bestellung wurde storniert, weil sie nicht rechtzeitig bezahlt wurde.",
                late,
            ),
            CancelReason::ByCustomer => ("Ihre Bestellung wurde auf Ihren Wunsch storniert.", late),
            CancelReason::ByAdmin => ("leider mussten wir Ihre Bestellung stornieren.", late),
            CancelReason::AmountMismatch => (
                "Ihre Bestellung wurde storniert, weil der gezahlte Betrag nicht der geforderte ist.",
                "Ihre Zahlung geht an Sie zurück; bitte bestellen Sie noch einmal.",
            ),
        };
        Wording::new(
            format!("Ihre Bestellung {order} wurde storniert"),
            &[why, money],
        )
    }

    fn payment_failed(&self, order: &OrderId, failure: &str) -> Wording {
        let why = format!("Ihre Zahlung ist fehlgeschlagen: {failure}");
        let again = "Wir halten Ihre Bestellung vorerst; Sie können es noch einmal versuchen.";
        let subject = format!("Ihre Zahlung zur Bestellung {order} ist fehlgeschlagen");
        Wording::new(subject, &[&why, again])
    }

    fn payment_due(&self, order: &OrderId, minutes: u64) -> Wording {
        let plural = if minutes == 1 { "" } else { "n" };
        let left = format!(
            "Ihre Bestellung ist noch nicht bezahlt. Wir halten sie noch {minutes} Minute{plural}, dann wird sie storniert."
        );
        Wording::new(
            format!("Ihre Bestellung {order} wartet auf Ihre Zahlung"),
            &[&left],
        )
    }

    fn refunded(&self, order: &OrderId, amount: &str) -> Wording {
        let back = format!(
            "Wir haben Ihnen {amount} erstattet. Es kann einige Tage dauern, bis Ihre Bank das zeigt."
        );
        Wording::new(format!("Ihre Bestellung {order} wurde erstattet"), &[&back])
    }

    fn payment_returned(&self, order: &OrderId, amount: &str) -> Wording {
        let back = format!(
            "Für Ihre Bestellung, die nicht mehr offen ist, haben wir {amount} erhalten und an Sie zurückgezahlt. Es kann einige Tage dauern, bis Ihre Bank das zeigt."
        );
        let subject = format!("Ihre Zahlung zur Bestellung {order} geht an Sie zurück");
        Wording::new(subject, &[&back])
    }

    fn low_stock(&self, event: &LowStock) -> Wording {
        let (product, left, held) = (&event.product_id, event.available, event.reserved);
        let threshold = event.threshold;
        let how_many = format!(
            "Von {product} sind noch {left} Stück bestellbar, {held} weitere für offene Bestellungen reserviert."
        );
        let until =
            format!("Die nächste Meldung kommt, wenn es dazwischen mehr als {threshold} waren.");
        Wording::new(
            format!("{product} geht zur Neige: noch {left}"),
            &[&how_many, &until],
        )
    }

    fn webhook_disabled(&self, host: &str, why: DisableReason, error: &str) -> Wording {
        let why = match why {
            DisableReason::Gone => "Er hat geantwortet, dass es ihn nicht mehr gibt (410).",
            DisableReason::Exhausted => "Alle Versuche einer Zustellung sind gescheitert.",
            DisableReason::ByAdmin => "Die Verwaltung hat ihn abgeschaltet.",
        };
        let last = format!("Der letzte Versuch: {error}");
        let next = "Bis er wieder eingeschaltet wird, erhält er keine Ereignisse. Versäumte Zustellungen stehen in \
                    seinem Protokoll und können von dort wiederholt werden.";
        let subject = format!("Der Webhook bei {host} wurde abgeschaltet");
        Wording::new(subject, &[why, &last, next])
    }

    fn password_reset(&self, minutes: u64) -> Wording {
        let link = format!(
            "Für Ihr Konto wurde ein neues Passwort angefordert. Der Link gilt {minutes} Minuten und nur einmal."
        );
        let other =
            "Wenn Sie das nicht waren, ignorieren Sie diese E-Mail: Es hat sich nichts geändert.";
        Wording::new("Neues Passwort festlegen".to_owned(), &[&link, other])
    }

    fn set_password(&self) -> &'static str {
        "Neues Passwort festlegen"
    }

    fn pay_here(&self) -> &'static str {
        "Hier bezahlen"
    }

    fn discount(&self, coupon: &str) -> String {
        format!("Gutschein {coupon}")
    }

    fn total(&self) -> &'static str {
        "Summe"
    }

    fn money(&self, money: Money) -> String {
        money.to_string().replace('.', ",")
    }
}

fn refusal(why: Option<CouponRefusal>) -> &'static str {
    match why {
        Some(CouponRefusal::NotYetValid) => "Ihr Gutschein gilt noch nicht.",
        Some(CouponRefusal::Expired) => "Ihr Gutschein ist abgelaufen.",
        Some(CouponRefusal::WrongCurrency) => "Ihr Gutschein gilt für eine andere Währung.",
        Some(CouponRefusal::MinimumNotReached) => {
            "Ihre Bestellung ist für Ihren Gutschein zu klein."
        }
        Some(CouponRefusal::UsedUp) => "Ihr Gutschein ist aufgebraucht.",
        Some(CouponRefusal::UsedUpByCustomer) => "Sie haben diesen Gutschein schon benutzt.",
        Some(CouponRefusal::Unknown | CouponRefusal::Inactive) | None => {
            "Ihr Gutschein kann nicht benutzt werden."
        }
    }
}
