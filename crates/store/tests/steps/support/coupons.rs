//! Coupons, and what the promotion service does with them.

use contracts::{Coupon, Discount, Line, OrderDocument, OrderId, Service};
use store::promotion::{self, Added, Ending, Held, HoldEnd};

use super::{Effect, Shop, doc};

/// A coupon that nothing limits.
pub(crate) fn coupon(code: &str, discount: Discount) -> Coupon {
    Coupon {
        code: code.parse().unwrap(),
        discount,
        minimum: None,
        valid_from: None,
        valid_until: None,
        max_uses: None,
        max_uses_per_customer: None,
        active: true,
    }
}

/// Returns an order document of a new customer, with a coupon.
pub(crate) fn doc_with(code: &str, items: &[Line]) -> OrderDocument {
    OrderDocument {
        coupon: Some(code.parse().unwrap()),
        ..doc(items)
    }
}

impl Shop {
    /// Adds a coupon.
    pub(crate) async fn offer(&self, coupon: &Coupon) {
        let added = promotion::add_coupon(&self.runtime, coupon).await;
        assert_eq!(added.unwrap(), Added::Added);
    }

    pub(crate) async fn hold_coupon(&self, order: &OrderId, doc: &OrderDocument) -> (Held, Effect) {
        let cause = self.about(order, "orders", Service::Promotion).await;
        let code = doc.coupon.as_ref().unwrap();
        let run = |step| promotion::hold_coupon(step, doc, code);
        self.step(&cause, order, Held::Stale, run).await
    }

    pub(crate) async fn settle_coupon(
        &self,
        order: &OrderId,
        doc: &OrderDocument,
        ending: Ending,
    ) -> (HoldEnd, Effect) {
        let cause = self.about(order, "orders", Service::Promotion).await;
        let code = doc.coupon.as_ref().unwrap();
        let run = |step| promotion::end_coupon_hold(step, doc, code, ending);
        self.step(&cause, order, HoldEnd::Stale, run).await
    }

    /// The figures `(holds, uses)` of a coupon.
    pub(crate) async fn counts(&self, code: &str) -> (u64, u64) {
        let code = code.parse().unwrap();
        let record = promotion::find(&self.runtime, &code).await.unwrap();
        record.map(|record| (record.holds, record.uses)).unwrap()
    }
}
