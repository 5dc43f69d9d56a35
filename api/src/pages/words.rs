//! The texts of the pages, in every language.

/// Defines the texts: a name, the English and the German text. A text with `{}` takes values, in order.
macro_rules! words {
    ($($name:ident: $english:literal, $german:literal;)+) => {
        /// All texts in one language. Those with `{}` are for [`fill`].
        #[derive(Debug)]
        pub(crate) struct Words {
            $(pub(crate) $name: &'static str,)+
        }

        /// The texts in English.
        pub(crate) static ENGLISH: Words = Words { $($name: $english,)+ };
        /// The texts in German.
        pub(crate) static GERMAN: Words = Words { $($name: $german,)+ };

        #[cfg(test)]
        const ALL: &[(&str, &str, &str)] = &[$((stringify!($name), $english, $german),)+];
    };
}

words! {
    code: "en", "de";
    shop: "Streamward", "Streamward";
    skip: "Skip to content", "Zum Inhalt springen";
    navigation: "Main", "Hauptmenü";
    search: "Search", "Suchen";
    search_label: "Search products", "Produkte suchen";
    cart: "Cart", "Warenkorb";
    cart_units: "{} in the cart", "{} im Warenkorb";
    orders: "Orders", "Bestellungen";
    account: "Account", "Konto";
    log_in: "Log in", "Anmelden";
    log_out: "Log out", "Abmelden";
    register: "Register", "Registrieren";
    footer: "A demonstration shop: no goods are sent and no money moves.", "Ein Demo-Shop: Es wird nichts verschickt und kein Geld bewegt.";
    footer_api: "API description", "API-Beschreibung";

    products: "Products", "Produkte";
    results_for: "Results for “{}”", "Treffer für „{}“";
    filters: "Filters", "Filter";
    category: "Category", "Kategorie";
    all_categories: "All", "Alle";
    price_from: "Price from ({})", "Preis ab ({})";
    price_to: "Price to ({})", "Preis bis ({})";
    in_stock_only: "In stock only", "Nur lieferbare Produkte";
    sort: "Sort by", "Sortieren nach";
    sort_relevance: "Relevance", "Relevanz";
    sort_id: "Default", "Standard";
    sort_name: "Name", "Name";
    sort_price: "Price, low to high", "Preis aufsteigend";
    sort_price_down: "Price, high to low", "Preis absteigend";
    sort_newest: "Newest first", "Neueste zuerst";
    apply: "Apply", "Anwenden";
    reset_filters: "Clear all filters", "Alle Filter entfernen";
    nothing_found: "No products match. Try fewer filters or another word.", "Keine passenden Produkte. Versuchen Sie es mit weniger Filtern oder einem anderen Wort.";
    nothing_on_sale: "Nothing is on sale yet. Products that are added to the catalogue appear here.", "Noch ist nichts im Angebot. Hier erscheinen die Produkte des Katalogs.";
    next_page: "Next page", "Nächste Seite";
    first_page: "First page", "Erste Seite";
    in_stock: "In stock", "Lieferbar";
    few_left: "Only {} left", "Nur noch {} verfügbar";
    sold_out: "Sold out", "Ausverkauft";
    not_sold: "No longer sold", "Nicht mehr im Angebot";
    quantity: "Quantity", "Anzahl";
    add_to_cart: "Add to cart", "In den Warenkorb";
    add_named: "Add to cart: {}", "In den Warenkorb: {}";
    picture_of: "Picture of {}", "Bild: {}";

    cart_empty: "Your cart is empty.", "Ihr Warenkorb ist leer.";
    browse_products: "Browse products", "Produkte ansehen";
    update: "Update", "Ändern";
    update_named: "Update the quantity of {}", "Anzahl ändern: {}";
    remove: "Remove", "Entfernen";
    remove_named: "Remove {}", "{} entfernen";
    quantity_of: "Quantity of {}", "Anzahl: {}";
    subtotal: "Subtotal", "Zwischensumme";
    to_checkout: "Go to checkout", "Zur Kasse";
    cart_needs_care: "Change or remove what cannot be ordered to continue.", "Ändern oder entfernen Sie, was nicht bestellt werden kann, um fortzufahren.";
    cart_currencies: "The cart has prices in several currencies. Order them one currency at a time.", "Der Warenkorb enthält Preise in mehreren Währungen. Bestellen Sie jede Währung für sich.";
    cart_too_large: "The total is too large for one order. Remove some products.", "Die Summe ist zu groß für eine Bestellung. Entfernen Sie einige Produkte.";
    cart_fewer: "Only {} left: lower the quantity.", "Nur noch {} verfügbar: Verringern Sie die Anzahl.";

    checkout: "Checkout", "Kasse";
    contact: "Contact", "Kontakt";
    contact_hint: "The confirmation goes to this address.", "Die Bestätigung geht an diese Adresse.";
    coupon: "Coupon", "Gutschein";
    coupon_hint: "Optional, for example WELCOME10", "Optional, zum Beispiel WELCOME10";
    apply_coupon: "Apply coupon", "Gutschein einlösen";
    coupon_unknown: "There is no such coupon.", "Diesen Gutschein gibt es nicht.";
    coupon_inactive: "This coupon is not active.", "Dieser Gutschein ist nicht aktiv.";
    coupon_not_yet: "This coupon is not valid yet.", "Dieser Gutschein gilt noch nicht.";
    coupon_expired: "This coupon has expired.", "Dieser Gutschein ist abgelaufen.";
    coupon_currency: "This coupon is for another currency.", "Dieser Gutschein gilt für eine andere Währung.";
    coupon_minimum: "The order is too small for this coupon.", "Die Bestellung ist zu klein für diesen Gutschein.";
    coupon_used_up: "This coupon has been used up.", "Dieser Gutschein ist aufgebraucht.";
    coupon_used_by_you: "You have used this coupon already.", "Sie haben diesen Gutschein schon eingelöst.";
    your_order: "Your order", "Ihre Bestellung";
    discount: "Discount", "Rabatt";
    coupon_checked: "The coupon {} is being checked.", "Der Gutschein {} wird geprüft.";
    total: "Total", "Gesamt";
    payment: "Payment", "Zahlung";
    payment_hint: "You pay on the payment provider's page after ordering.", "Sie bezahlen nach dem Bestellen auf der Seite des Zahlungsanbieters.";
    place_order: "Order with obligation to pay", "Zahlungspflichtig bestellen";
    change_cart: "Change the cart", "Warenkorb ändern";
    price_changed: "Prices have changed. This is the new total; nothing has been ordered yet.", "Preise haben sich geändert. Dies ist die neue Summe; es wurde noch nichts bestellt.";
    order_sold_out: "An item has sold out in the meantime. Nothing has been ordered.", "Ein Artikel ist inzwischen ausverkauft. Es wurde nichts bestellt.";
    order_invalid: "The order cannot be placed like this. Check the marked lines.", "So kann nicht bestellt werden. Prüfen Sie die markierten Zeilen.";
    total_changed: "Nothing has been ordered yet. Check the total, then order again.", "Es wurde noch nichts bestellt. Prüfen Sie die Summe, und bestellen Sie dann noch einmal.";
    coupon_blocks: "Nothing has been ordered. Remove or change the coupon.", "Es wurde nichts bestellt. Entfernen oder ändern Sie den Gutschein.";
    too_many_open: "You have too many unpaid orders. Pay or cancel one first.", "Sie haben zu viele unbezahlte Bestellungen. Bezahlen oder stornieren Sie zuerst eine.";
    too_many_units: "Your unpaid orders have too many units of a product. Order fewer, or pay or cancel an order first.", "Ihre unbezahlten Bestellungen enthalten schon zu viele Stück eines Produkts. Bestellen Sie weniger, oder bezahlen oder stornieren Sie zuerst eine.";
    order_again_later: "The shop cannot take the order right now. Press the button again in a moment: it will not be ordered twice.", "Der Shop kann die Bestellung gerade nicht annehmen. Drücken Sie gleich noch einmal: Es wird nicht doppelt bestellt.";
    checkout_used: "This cart has already placed an order, with other contents. See your orders; nothing was ordered now.", "Mit diesem Warenkorb wurde bereits bestellt, mit anderem Inhalt. Sehen Sie in Ihren Bestellungen nach; jetzt wurde nichts bestellt.";

    order: "Order", "Bestellung";
    order_number: "Order {}", "Bestellung {}";
    ordered_at: "Ordered", "Bestellt";
    status: "Status", "Status";
    no_orders: "You have not ordered anything yet. Orders appear here with their status.", "Sie haben noch nichts bestellt. Hier erscheinen Ihre Bestellungen mit ihrem Stand.";
    progress: "Progress", "Verlauf";
    items: "Items", "Artikel";
    placed: "Received", "Eingegangen";
    placed_text: "We are reserving the items.", "Wir reservieren die Artikel.";
    awaiting_payment: "Awaiting payment", "Wartet auf Zahlung";
    awaiting_text: "The items are reserved for you.", "Die Artikel sind für Sie reserviert.";
    opening_payment: "The payment page is being prepared.", "Die Zahlungsseite wird vorbereitet.";
    pay_until: "Pay by", "Zahlbar bis";
    pay_now: "Pay now", "Jetzt bezahlen";
    pay_again: "Try again", "Erneut bezahlen";
    payment_declined: "The payment was declined and nothing was charged. Try another card.", "Die Zahlung wurde abgelehnt, nichts wurde abgebucht. Versuchen Sie es mit einer anderen Karte.";
    confirmed: "Confirmed", "Bestätigt";
    confirmed_text: "Paid. A confirmation is on its way to {}.", "Bezahlt. Die Bestätigung ist unterwegs an {}.";
    rejected: "Rejected", "Abgelehnt";
    rejected_stock: "Some items were no longer available. Nothing was charged.", "Einige Artikel waren nicht mehr verfügbar. Nichts wurde abgebucht.";
    order_again: "Put the items back into the cart", "Artikel wieder in den Warenkorb legen";
    rejected_coupon: "The coupon could not be used. Nothing was charged; order again without it.", "Der Gutschein konnte nicht eingelöst werden. Nichts wurde abgebucht; bestellen Sie ohne ihn noch einmal.";
    short_of: "{}: {} of {} available", "{}: {} von {} verfügbar";
    cancelled: "Cancelled", "Storniert";
    cancelled_timeout: "The order was not paid in time.", "Die Bestellung wurde nicht rechtzeitig bezahlt.";
    cancelled_customer: "You cancelled the order.", "Sie haben die Bestellung storniert.";
    cancelled_admin: "The shop cancelled the order.", "Der Shop hat die Bestellung storniert.";
    cancelled_amount: "The payment did not match the order.", "Die Zahlung passte nicht zur Bestellung.";
    money_returned: "Your payment is being refunded.", "Ihre Zahlung wird erstattet.";
    money_back: "Your payment has been refunded.", "Ihre Zahlung wurde erstattet.";
    refunding: "Refund in progress", "Erstattung läuft";
    refunding_text: "The money is on its way back to you.", "Ihr Geld ist auf dem Weg zurück zu Ihnen.";
    refunded: "Refunded", "Erstattet";
    refunded_text: "The money has been paid back.", "Ihr Geld wurde erstattet.";
    cancel_order: "Cancel the order", "Bestellung stornieren";
    not_cancellable: "The order can no longer be cancelled.", "Die Bestellung kann nicht mehr storniert werden.";
    reload_hint: "Reload to see the current state", "Neu laden, um den aktuellen Stand zu sehen";
    log_in_again: "Log in again to see the current state.", "Melden Sie sich wieder an, um den aktuellen Stand zu sehen.";
    all_orders: "All orders", "Alle Bestellungen";
    older_orders: "Older orders", "Ältere Bestellungen";

    email: "Email address", "E-Mail-Adresse";
    password: "Password", "Passwort";
    password_hint: "8 to 200 characters", "8 bis 200 Zeichen";
    name: "Name", "Name";
    phone: "Phone for text messages", "Telefon für Kurznachrichten";
    phone_hint: "Optional, such as +491701234567", "Optional, zum Beispiel +491701234567";
    no_account: "No account yet?", "Noch kein Konto?";
    have_account: "Already registered?", "Schon registriert?";
    forgotten_password: "Forgotten your password?", "Passwort vergessen?";
    forgotten_hint: "Enter the mail address of your account. You receive a link that sets a new password.", "Geben Sie die E-Mail-Adresse Ihres Kontos ein. Sie erhalten einen Link, mit dem Sie ein neues Passwort festlegen.";
    send_link: "Send the link", "Link senden";
    set_password: "Set a new password", "Neues Passwort festlegen";
    reset_invalid: "This link was used or has expired. Request another one.", "Dieser Link wurde benutzt oder ist abgelaufen. Fordern Sie einen neuen an.";
    change_password: "Change password", "Passwort ändern";
    current_password: "Current password", "Aktuelles Passwort";
    new_password: "New password", "Neues Passwort";
    sessions: "Devices", "Geräte";
    sessions_hint: "Ends every session of this account, on this device too.", "Beendet alle Anmeldungen dieses Kontos, auch auf diesem Gerät.";
    log_out_everywhere: "Log out everywhere", "Überall abmelden";

    check_fields: "Please check the marked fields.", "Bitte prüfen Sie die markierten Felder.";
    fault_email: "Enter an email address such as ada@example.com.", "Geben Sie eine E-Mail-Adresse ein, etwa ada@example.com.";
    fault_password: "The password must have 8 to 200 characters.", "Das Passwort muss 8 bis 200 Zeichen haben.";
    fault_current_password: "The current password is wrong.", "Das aktuelle Passwort ist falsch.";
    fault_name: "Enter a name of at most 100 characters.", "Geben Sie einen Namen mit höchstens 100 Zeichen ein.";
    fault_phone: "Enter the number with its country code, such as +491701234567.", "Geben Sie die Nummer mit Ländervorwahl ein, etwa +491701234567.";
    fault_coupon: "A coupon code has 3 to 32 letters, digits, hyphens or underscores.", "Ein Gutscheincode hat 3 bis 32 Buchstaben, Ziffern, Binde- oder Unterstriche.";
    fault_quantity: "The quantity must be 1 to 1000.", "Die Anzahl muss zwischen 1 und 1000 liegen.";
    fault_price: "Enter a price such as 20 or 19.90.", "Geben Sie einen Preis ein, etwa 20 oder 19,90.";
    fault_price_range: "The lower price is above the higher one.", "Der untere Preis liegt über dem oberen.";
    fault_field: "This value is not possible.", "Dieser Wert ist nicht möglich.";
    wrong_credentials: "Email address or password is wrong.", "E-Mail-Adresse oder Passwort ist falsch.";
    email_taken: "This email address has an account. Log in instead.", "Diese E-Mail-Adresse hat schon ein Konto. Melden Sie sich an.";

    notice_added: "Added to the cart.", "In den Warenkorb gelegt.";
    notice_changed: "The cart has been changed.", "Der Warenkorb wurde geändert.";
    notice_full: "The cart is full. Order these products first.", "Der Warenkorb ist voll. Bestellen Sie zuerst diese Produkte.";
    notice_ordered: "Thank you. Your order has been received.", "Danke. Ihre Bestellung ist eingegangen.";
    notice_nothing_left: "Your cart is empty. What you have ordered is under Orders.", "Ihr Warenkorb ist leer. Was Sie bestellt haben, steht unter Bestellungen.";
    notice_cancelled: "The order has been cancelled.", "Die Bestellung wurde storniert.";
    notice_again: "The items are in the cart again.", "Die Artikel liegen wieder im Warenkorb.";
    notice_welcome: "Welcome. You are logged in.", "Willkommen. Sie sind angemeldet.";
    notice_logged_out: "You are logged out.", "Sie sind abgemeldet.";
    notice_password: "The password has been changed. Other devices are logged out.", "Das Passwort wurde geändert. Andere Geräte sind abgemeldet.";
    notice_mail_sent: "If there is an account with this address, a mail with a link is on its way. The link is valid for 30 minutes.", "Wenn es ein Konto mit dieser Adresse gibt, ist eine E-Mail mit einem Link unterwegs. Der Link gilt 30 Minuten.";
    notice_reset: "The password has been changed. Log in with the new one.", "Das Passwort wurde geändert. Melden Sie sich mit dem neuen an.";
    notice_log_in_first: "Log in to continue. Nothing has been ordered, and the cart is kept.", "Melden Sie sich an, um fortzufahren. Es wurde nichts bestellt, der Warenkorb bleibt erhalten.";

    problem_not_found: "This page does not exist.", "Diese Seite gibt es nicht.";
    problem_not_found_text: "The address is wrong, or what it showed is gone.", "Die Adresse ist falsch, oder es gibt das Gesuchte nicht mehr.";
    problem_forbidden: "This is not allowed.", "Das ist nicht erlaubt.";
    problem_csrf_text: "The form is older than your login, or came from another site. Go back, reload the page and send it again. Nothing has changed.", "Das Formular ist älter als Ihre Anmeldung oder kam von einer anderen Seite. Gehen Sie zurück, laden Sie die Seite neu und senden Sie es noch einmal. Nichts wurde geändert.";
    problem_busy: "The shop is unavailable at the moment.", "Der Shop ist gerade nicht erreichbar.";
    problem_busy_text: "Try again in a moment. What you ordered and your cart are kept.", "Versuchen Sie es gleich noch einmal. Bestellungen und Warenkorb bleiben erhalten.";
    problem_too_fast: "Too many requests.", "Zu viele Anfragen.";
    problem_too_fast_text: "Wait {} s, then try again.", "Warten Sie {} s, und versuchen Sie es dann noch einmal.";
    problem_bad: "The request cannot be understood.", "Die Anfrage ist nicht zu verstehen.";
    problem_bad_text: "Go back and try again. Nothing has changed.", "Gehen Sie zurück, und versuchen Sie es noch einmal. Nichts wurde geändert.";
    problem_internal: "Something went wrong.", "Etwas ist schiefgegangen.";
    problem_internal_text: "It has been logged. Try again, or tell the shop this number: {}", "Der Fehler wurde festgehalten. Versuchen Sie es noch einmal, oder nennen Sie dem Shop diese Nummer: {}";
    to_start: "To the products", "Zu den Produkten";
}

/// Returns a text with each `{}` replaced by the next value.
pub(crate) fn fill(text: &str, values: &[&str]) -> String {
    let mut parts = text.split("{}");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for (part, value) in parts.zip(values) {
        filled.push_str(value);
        filled.push_str(part);
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_exists_in_both_languages_with_the_same_values() {
        let same = ["shop", "name", "sort_name", "status"];
        for (name, english, german) in ALL {
            assert!(!english.is_empty() && !german.is_empty(), "{name}");
            let values = |text: &str| text.matches("{}").count();
            assert_eq!(values(english), values(german), "{name}");
            assert_eq!(english == german, same.contains(name), "{name}");
        }
    }

    #[test]
    fn values_are_filled_in_in_order() {
        assert_eq!(fill("{}: {} of {}", &["Mug", "1", "2"]), "Mug: 1 of 2");
        assert_eq!(fill("plain", &[]), "plain");
        // A value is never read as a text.
        assert_eq!(fill("“{}”", &["{}"]), "“{}”");
    }
}
