use contracts::{
    Contact, Currency, CustomerId, Line, OrderDocument, OrderId, PaymentId,
    event::{
        CancelReason, Failure, OrderCancelled, OrderConfirmed, OrderPaymentDue, OrderPaymentFailed,
        OrderPaymentReturned, OrderRefunded, OrderRejected, RejectReason, Shortage,
    },
};

use streamward::clock;

use super::{Language, Letter, form::escaped};
use crate::{NotificationMessage, mail::one_line};

const NASTY: &str = "<b>Ada</b> & \"Söhne\" 'x'";

fn order() -> OrderId {
    OrderId::new(0, 1_732_000_000_000, 7)
}

fn doc() -> OrderDocument {
    OrderDocument {
        customer_id: CustomerId::new(1_732_000_000_000, 8),
        contact: Contact {
            name: NASTY.to_owned(),
            email: "ada@example.com".to_owned(),
            phone: None,
        },
        items: vec![Line {
            product_id: "mug-01".parse().unwrap(),
            name: "Mug <img src=x onerror=alert(1)>".to_owned(),
            quantity: 2,
            unit_price: 1490,
        }],
        currency: Currency::EUR,
        coupon: Some("WELCOME10".parse().unwrap()),
        subtotal: 2980,
        discount: 298,
    }
}

fn failed(url: &str) -> NotificationMessage {
    NotificationMessage::PaymentFailed(OrderPaymentFailed {
        order_id: order(),
        failure: Failure {
            code: "card_declined".to_owned(),
            message: "Your card was <declined>.".to_owned(),
        },
        pay_url: Some(url.to_owned()),
        order: doc(),
    })
}

fn all() -> Vec<NotificationMessage> {
    let (order_id, order) = (order(), doc());
    vec![
        NotificationMessage::Confirmed(OrderConfirmed {
            payment_id: PaymentId::of(&order_id),
            order_id: order_id.clone(),
            order: order.clone(),
        }),
        NotificationMessage::Rejected(OrderRejected {
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
        NotificationMessage::Refunded(OrderRefunded {
            order_id: order_id.clone(),
            payment_id: PaymentId::of(&order_id),
            amount: order.total(),
            order: order.clone(),
        }),
        NotificationMessage::PaymentReturned(OrderPaymentReturned {
            order_id: order_id.clone(),
            payment_id: PaymentId::of(&order_id),
            amount: order.total(),
            order: order.clone(),
        }),
        NotificationMessage::Cancelled(OrderCancelled {
            order_id,
            reason: CancelReason::PaymentTimeout,
            order,
        }),
        failed("https://pay.example/pi_1?a=1&b=2"),
        NotificationMessage::PaymentDue(OrderPaymentDue {
            order_id: self::order(),
            pay_before: clock::now_ms() + 5 * 60_000,
            pay_url: Some("https://pay.example/pi_1".to_owned()),
            order: doc(),
        }),
    ]
}

#[test]
fn every_letter_is_written_in_every_language_and_names_the_order() {
    let order = order();
    for message in all() {
        let letters = [Language::En, Language::De].map(|it| Letter::compose(&message, it));
        for letter in &letters {
            assert!(letter.subject.contains(order.as_str()), "{letter:?}");
            assert!(letter.sms.starts_with(&letter.subject), "{letter:?}");
            assert!(!letter.subject.contains('\n') && !letter.sms.contains('\n'));
            assert!(
                letter.text.contains(NASTY),
                "plain text is plain: {letter:?}"
            );
        }
        let [english, german] = letters;
        assert_ne!(english.subject, german.subject);
        assert!(english.html.contains("<html lang=\"en\">"));
        assert!(german.html.contains("<html lang=\"de\">"));
    }
}

#[test]
fn the_bill_adds_up_in_the_languages_own_numbers() {
    let message = &all()[0];
    let english = Letter::compose(message, Language::En).text;
    for line in [
        "29.80 EUR",
        "Coupon WELCOME10  -2.98 EUR",
        "Total  26.82 EUR",
    ] {
        assert!(english.contains(line), "{line}: {english}");
    }
    let german = Letter::compose(message, Language::De);
    for line in ["Gutschein WELCOME10  -2,98 EUR", "Summe  26,82 EUR"] {
        assert!(german.text.contains(line), "{line}: {german:?}");
    }
    assert!(german.html.contains(">26,82 EUR</th>"), "{german:?}");
}

#[test]
fn nothing_that_people_typed_is_read_as_html() {
    for message in all() {
        let html = Letter::compose(&message, Language::En).html;
        for tag in ["<b>", "<img", "<declined>", "'x'"] {
            assert!(!html.contains(tag), "{tag}: {html}");
        }
        let name = "&lt;b&gt;Ada&lt;/b&gt; &amp; &quot;Söhne&quot; &#39;x&#39;";
        assert!(html.contains(name), "{html}");
    }
    assert_eq!(escaped("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&#39;");
}

#[test]
fn a_failed_payment_links_to_the_page_and_only_to_a_page() {
    let letter = Letter::compose(&failed("https://pay.example/p?a=1&b=2"), Language::En);
    let link = "<a href=\"https://pay.example/p?a=1&amp;b=2\">Pay here</a>";
    assert!(letter.html.contains(link), "{letter:?}");
    assert!(
        letter
            .text
            .contains("Pay here: https://pay.example/p?a=1&b=2")
    );
    assert!(letter.sms.ends_with(" https://pay.example/p?a=1&b=2"));

    let letter = Letter::compose(&failed("javascript:alert(\"1\")"), Language::En);
    assert!(!letter.html.contains("href"), "{letter:?}");
}

#[test]
fn a_reminder_says_how_much_time_is_left() {
    let mut message = all().pop().unwrap();
    let text = Letter::compose(&message, Language::En).text;
    assert!(text.contains("kept for 5 more minutes, then"), "{text}");
    if let NotificationMessage::PaymentDue(event) = &mut message {
        event.pay_before = 0;
    }
    let text = Letter::compose(&message, Language::De).text;
    assert!(text.contains("noch 1 Minute, dann"), "{text}");
}

#[test]
fn a_refund_names_its_amount() {
    let refund = all().remove(2);
    assert!(matches!(refund, NotificationMessage::Refunded(_)));
    let text = Letter::compose(&refund, Language::De).text;
    assert!(text.contains("Ihnen 26,82 EUR erstattet"), "{text}");
}

#[test]
fn a_line_break_in_a_name_stays_in_its_line() {
    assert_eq!(
        one_line("Ada\r\nBcc: eve@example.com\u{b}!"),
        "Ada  Bcc: eve@example.com !"
    );
    let mut message = all().remove(0);
    if let NotificationMessage::Confirmed(event) = &mut message {
        event.order.contact.name = "Ada\n\nYou have won\n".to_owned();
    }
    let letter = Letter::compose(&message, Language::En);
    assert!(
        letter.text.starts_with("Dear Ada  You have won ,\n"),
        "{letter:?}"
    );
}

#[test]
fn a_cancellation_says_who_or_what_caused_it() {
    let reasons = [
        (CancelReason::PaymentTimeout, "not paid in time"),
        (CancelReason::ByCustomer, "you asked for it"),
        (CancelReason::ByAdmin, "we had to cancel"),
        (CancelReason::AmountMismatch, "not what it costs"),
    ];
    for (reason, words) in reasons {
        let message = NotificationMessage::Cancelled(OrderCancelled {
            order_id: order(),
            reason,
            order: doc(),
        });
        let letter = Letter::compose(&message, Language::En);
        assert!(letter.text.contains(words), "{letter:?}");
    }
}

#[test]
fn money_that_went_back_is_named() {
    let returned =
        |message: &&NotificationMessage| matches!(message, NotificationMessage::PaymentReturned(_));
    let all = all();
    let message = all.iter().find(returned).unwrap();
    let letter = Letter::compose(message, Language::En);
    assert!(letter.text.contains("received 26.82 EUR"), "{letter:?}");
    assert!(letter.text.contains("sent it back to you"), "{letter:?}");
}
