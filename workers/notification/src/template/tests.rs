use contracts::{
    OrderDocument, OrderId, PaymentId,
    event::{
        CancelReason, Failure, OrderCancelled, OrderConfirmed, OrderPaymentDue, OrderPaymentFailed,
        OrderPaymentReturned, OrderRefunded, OrderRejected, RejectReason, Shortage,
    },
};

use streamward::clock;
use testkit::order_document;

use super::{Content, Language, render::escaped};
use crate::{OrderEvent, mail::one_line};

const NASTY: &str = "<b>Ada</b> & \"Söhne\" 'x'";

fn order() -> OrderId {
    OrderId::new(0, 1_732_000_000_000, 7)
}

fn document() -> OrderDocument {
    let mut document = order_document();
    document.contact.name = NASTY.to_owned();
    document.items[0].name = "Mug <img src=x onerror=alert(1)>".to_owned();
    document.coupon = Some("WELCOME10".parse().unwrap());
    document.discount = 298;
    document
}

fn failed(url: &str) -> OrderEvent {
    OrderEvent::PaymentFailed(OrderPaymentFailed {
        order_id: order(),
        failure: Failure {
            code: "card_declined".to_owned(),
            message: "Your card was <declined>.".to_owned(),
        },
        pay_url: Some(url.to_owned()),
        order: document(),
    })
}

fn all_events() -> Vec<OrderEvent> {
    let (order_id, order) = (order(), document());
    vec![
        OrderEvent::Confirmed(OrderConfirmed {
            payment_id: PaymentId::of(&order_id),
            order_id: order_id.clone(),
            order: order.clone(),
        }),
        OrderEvent::Rejected(OrderRejected {
            order_id: order_id.clone(),
            reason: RejectReason::OutOfStock,
            shortages: vec![Shortage {
                product_id: "mug-01".parse().unwrap(),
                requested: 2,
                available: 1,
            }],
            coupon_refusal: None,
            order: order.clone(),
        }),
        OrderEvent::Refunded(OrderRefunded {
            order_id: order_id.clone(),
            payment_id: PaymentId::of(&order_id),
            amount: order.total(),
            order: order.clone(),
        }),
        OrderEvent::PaymentReturned(OrderPaymentReturned {
            order_id: order_id.clone(),
            payment_id: PaymentId::of(&order_id),
            amount: order.total(),
            order: order.clone(),
        }),
        OrderEvent::Cancelled(OrderCancelled {
            order_id,
            reason: CancelReason::PaymentTimeout,
            order,
        }),
        failed("https://pay.example/pi_1?a=1&b=2"),
        OrderEvent::PaymentDue(OrderPaymentDue {
            order_id: self::order(),
            pay_before: clock::now_ms() + 5 * 60_000,
            pay_url: Some("https://pay.example/pi_1".to_owned()),
            order: document(),
        }),
    ]
}

#[test]
fn every_notification_exists_in_every_language_and_names_the_order() {
    let order = order();
    for message in all_events() {
        let contents = [Language::En, Language::De].map(|it| Content::for_customer(&message, it));
        for content in &contents {
            assert!(content.subject.contains(order.as_str()), "{content:?}");
            assert!(content.sms.starts_with(&content.subject), "{content:?}");
            assert!(!content.subject.contains('\n') && !content.sms.contains('\n'));
            assert!(
                content.text.contains(NASTY),
                "plain text is plain: {content:?}"
            );
        }
        let [english, german] = contents;
        assert_ne!(english.subject, german.subject);
        assert!(english.html.contains("<html lang=\"en\">"));
        assert!(german.html.contains("<html lang=\"de\">"));
    }
}

#[test]
fn the_bill_is_formatted_in_the_language_of_the_customer() {
    let message = &all_events()[0];
    let english = Content::for_customer(message, Language::En).text;
    for line in [
        "29.80 EUR",
        "Coupon WELCOME10  -2.98 EUR",
        "Total  26.82 EUR",
    ] {
        assert!(english.contains(line), "{line}: {english}");
    }
    let german = Content::for_customer(message, Language::De);
    for line in ["Gutschein WELCOME10  -2,98 EUR", "Summe  26,82 EUR"] {
        assert!(german.text.contains(line), "{line}: {german:?}");
    }
    assert!(german.html.contains(">26,82 EUR</th>"), "{german:?}");
}

#[test]
fn user_input_is_escaped_in_html() {
    for message in all_events() {
        let html = Content::for_customer(&message, Language::En).html;
        for tag in ["<b>", "<img", "<declined>", "'x'"] {
            assert!(!html.contains(tag), "{tag}: {html}");
        }
        let name = "&lt;b&gt;Ada&lt;/b&gt; &amp; &quot;Söhne&quot; &#39;x&#39;";
        assert!(html.contains(name), "{html}");
    }
    assert_eq!(escaped("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&#39;");
}

#[test]
fn a_failed_payment_links_to_http_pages_only() {
    let content = Content::for_customer(&failed("https://pay.example/p?a=1&b=2"), Language::En);
    let link = "<a href=\"https://pay.example/p?a=1&amp;b=2\">Pay here</a>";
    assert!(content.html.contains(link), "{content:?}");
    assert!(
        content
            .text
            .contains("Pay here: https://pay.example/p?a=1&b=2")
    );
    assert!(content.sms.ends_with(" https://pay.example/p?a=1&b=2"));

    let content = Content::for_customer(&failed("javascript:alert(\"1\")"), Language::En);
    assert!(!content.html.contains("href"), "{content:?}");
}

#[test]
fn a_reminder_states_the_minutes_left() {
    let mut message = all_events().pop().unwrap();
    let text = Content::for_customer(&message, Language::En).text;
    assert!(text.contains("kept for 5 more minutes, then"), "{text}");
    if let OrderEvent::PaymentDue(event) = &mut message {
        event.pay_before = 0;
    }
    let text = Content::for_customer(&message, Language::De).text;
    assert!(text.contains("noch 1 Minute, dann"), "{text}");
}

#[test]
fn a_refund_states_its_amount() {
    let refund = all_events().remove(2);
    assert!(matches!(refund, OrderEvent::Refunded(_)));
    let text = Content::for_customer(&refund, Language::De).text;
    assert!(text.contains("Ihnen 26,82 EUR erstattet"), "{text}");
}

#[test]
fn a_line_break_in_a_name_becomes_a_blank() {
    assert_eq!(
        one_line("Ada\r\nBcc: eve@example.com\u{b}!"),
        "Ada  Bcc: eve@example.com !"
    );
    let mut message = all_events().remove(0);
    if let OrderEvent::Confirmed(event) = &mut message {
        event.order.contact.name = "Ada\n\nYou have won\n".to_owned();
    }
    let content = Content::for_customer(&message, Language::En);
    assert!(
        content.text.starts_with("Dear Ada  You have won ,\n"),
        "{content:?}"
    );
}

#[test]
fn a_cancellation_states_its_reason() {
    let reasons = [
        (CancelReason::PaymentTimeout, "not paid in time"),
        (CancelReason::ByCustomer, "you asked for it"),
        (CancelReason::ByAdmin, "we had to cancel"),
        (CancelReason::AmountMismatch, "not what it costs"),
    ];
    for (reason, words) in reasons {
        let message = OrderEvent::Cancelled(OrderCancelled {
            order_id: order(),
            reason,
            order: document(),
        });
        let content = Content::for_customer(&message, Language::En);
        assert!(content.text.contains(words), "{content:?}");
    }
}

#[test]
fn a_returned_payment_states_its_amount() {
    let returned = |message: &&OrderEvent| matches!(message, OrderEvent::PaymentReturned(_));
    let events = all_events();
    let message = events.iter().find(returned).unwrap();
    let content = Content::for_customer(message, Language::En);
    assert!(content.text.contains("received 26.82 EUR"), "{content:?}");
    assert!(content.text.contains("sent it back to you"), "{content:?}");
}
