//! Charge reports are recorded and published once, in any order of arrival.

use contracts::{
    OrderId, PaymentId, Service,
    event::{ChargeReport, ChargeStatus, PaymentProcessed},
};
use store::payment::{self, Intent, Opening, Proof, Recorded};
use streamward::TraceParent;

use crate::support::{ASKING, Effect, Shop, URL, callback, eur, failure, read, unknown_order};

const FAILED: &[&str] = &["payment:intent:*", "payments:processed"];
/// The question to the provider goes with it.
const CAPTURED: &[&str] = &["payment:delayed", "payment:intent:*", "payments:processed"];

async fn is_recorded(shop: &Shop, report: &ChargeReport) {
    let (answer, effect) = shop.record(report).await;
    assert_eq!(answer, Recorded::Recorded);
    let failed = report.result == ChargeStatus::Failed;
    effect.settled_and_wrote(if failed { FAILED } else { CAPTURED });
    let event: PaymentProcessed = shop.event("payments").await;
    let expected = PaymentProcessed {
        order_id: report.order_id.clone(),
        payment_id: PaymentId::of(&report.order_id),
        payment_status: report.result,
        amount: report.amount,
        failure: failed.then(failure),
        pay_url: failed.then(|| URL.to_owned()),
    };
    assert_eq!(event, expected);
}

async fn opened(shop: &Shop) -> OrderId {
    let order = unknown_order();
    shop.open_payment(&order, eur(3000), false).await;
    order
}

#[tokio::test]
async fn captured_money_is_recorded_once() {
    let shop = Shop::open().await;
    let order = opened(&shop).await;
    is_recorded(&shop, &callback(&order, "evt_1", Some(3000))).await;
    let payment = shop.payment(&order).await;
    assert_eq!(
        (payment.status.as_str(), payment.captured),
        ("succeeded", 3000)
    );
    for event in ["evt_1", "evt_2"] {
        let again = shop.record(&callback(&order, event, Some(3000))).await;
        assert_eq!(again, (Recorded::Duplicate, Effect::SETTLED));
    }
}

#[tokio::test]
async fn the_requested_amount_is_kept_beside_the_captured_one() {
    let shop = Shop::open().await;
    let order = opened(&shop).await;
    is_recorded(&shop, &callback(&order, "evt_1", Some(2999))).await;
    let payment = shop.payment(&order).await;
    assert_eq!((payment.amount, payment.captured), (3000, 2999));
}

#[tokio::test]
async fn a_failure_is_published_once_per_report() {
    let shop = Shop::open().await;
    let order = opened(&shop).await;
    is_recorded(&shop, &callback(&order, "evt_1", None)).await;
    is_recorded(&shop, &callback(&order, "evt_2", None)).await;
    // Either comes again, the older one too.
    for event in ["evt_2", "evt_1"] {
        let again = shop.record(&callback(&order, event, None)).await;
        assert_eq!(again, (Recorded::Duplicate, Effect::SETTLED), "{event}");
    }
    assert_eq!(shop.payment(&order).await.status, "failed");
    is_recorded(&shop, &callback(&order, "evt_3", Some(3000))).await;
}

#[tokio::test]
async fn a_failure_after_the_success_is_late() {
    let shop = Shop::open().await;
    let order = opened(&shop).await;
    is_recorded(&shop, &callback(&order, "evt_2", Some(3000))).await;
    let late = shop.record(&callback(&order, "evt_1", None)).await;
    assert_eq!(late, (Recorded::Late, Effect::SETTLED));
}

#[tokio::test]
async fn reports_after_the_refund_change_nothing() {
    let shop = Shop::open().await;
    let order = opened(&shop).await;
    shop.record(&callback(&order, "evt_1", Some(3000))).await;
    shop.refund(&order, eur(3000)).await;
    let again = shop.record(&callback(&order, "evt_1", Some(3000))).await;
    assert_eq!(again, (Recorded::Duplicate, Effect::SETTLED));
    let late = shop.record(&callback(&order, "evt_2", None)).await;
    assert_eq!(late, (Recorded::Late, Effect::SETTLED));
}

/// Receives a callback as the API does.
async fn receive(shop: &Shop, report: &ChargeReport) -> Effect {
    let received = payment::receive_callback(&shop.runtime, report, TraceParent::start());
    let ((), effect) = shop.observe(received).await;
    effect
}

#[tokio::test]
async fn a_captured_intent_is_recorded_from_its_callback_once() {
    let shop = Shop::open().await;
    let order = opened(&shop).await;
    let report = callback(&order, "evt_1", Some(3000));
    let effect = receive(&shop, &report).await;
    effect.wrote(CAPTURED);
    let event: PaymentProcessed = shop.event("payments").await;
    assert_eq!(
        (event.payment_status, event.amount),
        (ChargeStatus::Succeeded, eur(3000))
    );
    let payment = shop.payment(&order).await;
    assert_eq!((&*payment.status, payment.captured), ("succeeded", 3000));

    receive(&shop, &report).await.wrote(&[]);
    let again = shop.record(&report).await;
    assert_eq!(again, (Recorded::Duplicate, Effect::SETTLED));
}

#[tokio::test]
async fn a_capture_that_overtakes_the_answer_to_its_charge_is_recorded_after_it() {
    let shop = Shop::open().await;
    let order = unknown_order();
    let report = callback(&order, "evt_1", Some(3000));
    let cause = shop.about(&order, "orders", Service::Payment).await;
    let intent = Intent {
        id: report.intent_id.clone(),
        pay_url: URL.to_owned(),
    };
    let overtaking = payment::receive_callback(&shop.runtime, &report, TraceParent::start());
    let step = shop.at(&cause, &order);
    let answer = payment::open_payment(step, eur(3000), &intent, &Opening::Charging, ASKING);
    let (received, opened) = tokio::join!(overtaking, answer);
    received.unwrap();
    assert_eq!(opened.unwrap(), Recorded::Recorded);
    let payment = shop.payment(&order).await;
    assert_eq!(payment.status, "succeeded");
    assert_eq!(
        shop.redis::<u64>(&["XLEN", "sw:{0}:payment:inbox"]).await,
        0
    );
}

#[tokio::test]
async fn every_other_callback_waits_in_the_payment_services_inbox() {
    let shop = Shop::open().await;
    let order = opened(&shop).await;
    let foreign = ChargeReport {
        intent_id: "pi_of_somebody_else".to_owned(),
        ..callback(&order, "evt_1", Some(3000))
    };
    let wrong_amount = callback(&order, "evt_2", Some(2999));
    let failed = callback(&order, "evt_3", None);
    let unknown = callback(&unknown_order(), "evt_4", Some(3000));
    for report in [foreign, wrong_amount, failed, unknown] {
        receive(&shop, &report).await.wrote(&["payment:inbox"]);
        let delivery = shop.deliver("payment:inbox", Service::Payment).await;
        assert_eq!(delivery.key(), report.order_id.as_str());
        assert_eq!(read::<ChargeReport>(&delivery.entry), report);
    }
}

#[tokio::test]
async fn a_signed_report_counts_for_its_own_intent_and_amount_only() {
    let shop = Shop::open().await;
    let stranger = unknown_order();
    let doubtful = (Recorded::Doubtful, Effect::NOTHING);
    let report = callback(&stranger, "evt_1", Some(3000));
    assert_eq!(shop.record_with(&report, Proof::Signature).await, doubtful);

    let order = opened(&shop).await;
    let mut foreign = callback(&order, "evt_2", Some(3000));
    foreign.intent_id = "pi_of_somebody_else".to_owned();
    assert_eq!(shop.record_with(&foreign, Proof::Signature).await, doubtful);
    let wrong_amount = callback(&order, "evt_3", Some(1));
    assert_eq!(
        shop.record_with(&wrong_amount, Proof::Signature).await,
        doubtful
    );

    let right = callback(&order, "evt_4", Some(3000));
    let (recorded, _) = shop.record_with(&right, Proof::Signature).await;
    assert_eq!(recorded, Recorded::Recorded);
}
