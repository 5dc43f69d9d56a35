//! `lua/notification`, as far as it is about orders. What the scripts answer is not told apart by the
//! store, so every answer is the same here.

use super::{Answer, Call, Reply};
use crate::{books::Books, event::Event};

/// `notification/mark_sent`: marks that the customer was told this over these channels.
pub fn mark(books: &mut Books, call: Call<'_>, marks: &[u8]) -> Answer {
    if call.is_stale() {
        return Answer::of(Reply::Told);
    }
    let told = &mut books.orders[call.order].told;
    let new = marks.iter().filter(|mark| told.insert(**mark));
    new.fold(Answer::settling(Reply::Told), |answer, _| {
        answer.and(Event::NotificationSent)
    })
}

/// `notification/mark_channel_sent`: notes that the customer was told over one channel. The delivery stays pending.
pub fn note(books: &mut Books, order: usize, mark: u8) -> Answer {
    let told = Answer::of(Reply::Told);
    if books.orders[order].told.insert(mark) {
        told.and(Event::NotificationSent)
    } else {
        told
    }
}
