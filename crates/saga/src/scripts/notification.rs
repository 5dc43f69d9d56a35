//! `lua/notification`, as far as orders depend on it. The store does not distinguish the replies.

use super::{Call, Reply, ScriptResult};
use crate::{event::Event, state::ShopState};

/// `notification/mark_sent`: marks that the customer was notified over these channels.
pub fn mark_sent(state: &mut ShopState, call: Call<'_>, marks: &[u8]) -> ScriptResult {
    if call.is_stale() {
        return ScriptResult::of(Reply::Notified);
    }
    let notified = &mut state.orders[call.order].notified;
    let new = marks.iter().filter(|mark| notified.insert(**mark));
    new.fold(ScriptResult::settling(Reply::Notified), |answer, _| {
        answer.and(Event::NotificationSent)
    })
}

/// `notification/mark_channel_sent`: marks one channel. The delivery stays pending.
pub fn mark_channel_sent(state: &mut ShopState, order: usize, mark: u8) -> ScriptResult {
    let notified = ScriptResult::of(Reply::Notified);
    if state.orders[order].notified.insert(mark) {
        notified.and(Event::NotificationSent)
    } else {
        notified
    }
}
