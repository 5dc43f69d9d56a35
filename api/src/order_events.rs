//! Who listens to which order, and the one follower that wakes them.
//!
//! A listener reads its order's history itself; it is only told that there may be more to read. So the
//! follower keeps nothing, may miss nothing and may wake too often, and any number of listeners costs
//! one reader of the streams - and none while nobody listens.

mod follower;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use contracts::{CustomerId, OrderId};
use tokio::sync::{Notify, watch};

/// Why nobody may listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The process has as many listeners as it may have.
    Full,
    /// The customer has.
    TooMany,
    /// The process is stopping.
    Stopping,
}

/// All listeners of a process.
#[derive(Debug)]
pub(crate) struct OrderSubscriptions {
    state: Mutex<State>,
    /// Whether the server is about to stop.
    closing: watch::Sender<bool>,
    /// Somebody has begun to listen.
    somebody: Notify,
    most: usize,
    most_of_one: usize,
}

#[derive(Debug, Default)]
struct State {
    open: usize,
    customers: HashMap<CustomerId, usize>,
    orders: HashMap<OrderId, Topic>,
}

#[derive(Debug)]
struct Topic {
    listeners: usize,
    bell: watch::Sender<()>,
}

impl OrderSubscriptions {
    /// At most `most` listeners, and `most_of_one` of the same customer.
    pub(crate) fn new(most: usize, most_of_one: usize) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::default(),
            closing: watch::Sender::new(false),
            somebody: Notify::new(),
            most,
            most_of_one,
        })
    }

    /// Begins to listen to an order.
    pub(crate) fn listen(
        self: &Arc<Self>,
        order: &OrderId,
        customer: &CustomerId,
    ) -> Result<Subscription, Refused> {
        let mut state = self.state();
        let closing = self.closing.subscribe();
        if *closing.borrow() {
            return Err(Refused::Stopping);
        }
        if state.open >= self.most {
            return Err(Refused::Full);
        }
        let of_customer = state.customers.entry(customer.clone()).or_default();
        if *of_customer >= self.most_of_one {
            return Err(Refused::TooMany);
        }
        *of_customer += 1;
        state.open += 1;
        let topic = state.orders.entry(order.clone()).or_insert_with(|| Topic {
            listeners: 0,
            bell: watch::Sender::new(()),
        });
        topic.listeners += 1;
        let bell = topic.bell.subscribe();
        drop(state);
        self.somebody.notify_one();
        Ok(Subscription {
            order_subscriptions: Arc::clone(self),
            order: order.clone(),
            customer: customer.clone(),
            bell,
            closing,
        })
    }

    /// Lets listeners in, after a start of the server.
    pub(crate) fn open(&self) {
        self.closing.send_replace(false);
    }

    /// Sends all listeners home: the server waits for nobody who only listens.
    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
    }

    fn wake(&self, key: &str) {
        let Ok(order) = key.parse::<OrderId>() else {
            return;
        };
        if let Some(topic) = self.state().orders.get(&order) {
            topic.bell.send_replace(());
        }
    }

    fn wake_all(&self) {
        for topic in self.state().orders.values() {
            topic.bell.send_replace(());
        }
    }

    fn is_idle(&self) -> bool {
        self.state().open == 0
    }

    /// What is counted stays right even when a holder of the lock panicked.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who listens to an order; its place is free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Subscription {
    order_subscriptions: Arc<OrderSubscriptions>,
    order: OrderId,
    customer: CustomerId,
    bell: watch::Receiver<()>,
    closing: watch::Receiver<bool>,
}

/// Why a listener woke up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Woken {
    /// Something happened to the order.
    Called,
    /// Nothing did for so long.
    Waited,
    /// It has to go.
    Closing,
}

impl Subscription {
    /// Waits until something happens, for `patience` at most.
    pub(crate) async fn wait(&mut self, patience: Duration) -> Woken {
        tokio::select! {
            biased;
            _ = self.closing.wait_for(|closing| *closing) => Woken::Closing,
            // The bell cannot go while somebody listens.
            _ = self.bell.changed() => Woken::Called,
            () = tokio::time::sleep(patience) => Woken::Waited,
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut state = self.order_subscriptions.state();
        state.open -= 1;
        if let Some(count) = state.customers.get_mut(&self.customer) {
            *count -= 1;
            if *count == 0 {
                state.customers.remove(&self.customer);
            }
        }
        if let Some(topic) = state.orders.get_mut(&self.order) {
            topic.listeners -= 1;
            if topic.listeners == 0 {
                state.orders.remove(&self.order);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: Duration = Duration::from_secs(1);

    fn order(n: u128) -> OrderId {
        OrderId::new(0, 1, n)
    }

    fn customer(n: u128) -> CustomerId {
        CustomerId::new(1, n)
    }

    #[test]
    fn places_are_counted_and_given_back() {
        let order_subscriptions = OrderSubscriptions::new(3, 2);
        let ada = [1, 2].map(|n| order_subscriptions.listen(&order(n), &customer(1)).unwrap());
        let more = order_subscriptions.listen(&order(3), &customer(1));
        assert_eq!(more.err(), Some(Refused::TooMany));
        let other = order_subscriptions.listen(&order(1), &customer(2)).unwrap();
        let more = order_subscriptions.listen(&order(3), &customer(3));
        assert_eq!(more.err(), Some(Refused::Full));
        drop((ada, other));
        assert!(order_subscriptions.is_idle());
        let state = order_subscriptions.state();
        assert!(state.customers.is_empty() && state.orders.is_empty());
    }

    #[tokio::test]
    async fn a_listener_is_woken_for_its_own_order_only_and_sent_home() {
        let order_subscriptions = OrderSubscriptions::new(3, 2);
        let mut one = order_subscriptions.listen(&order(1), &customer(1)).unwrap();
        order_subscriptions.wake(order(2).as_str());
        let moment = Duration::from_millis(20);
        assert_eq!(one.wait(moment).await, Woken::Waited);
        order_subscriptions.wake(order(1).as_str());
        assert_eq!(one.wait(BLOCK).await, Woken::Called);
        order_subscriptions.close();
        assert_eq!(one.wait(BLOCK).await, Woken::Closing);
        let late = order_subscriptions.listen(&order(1), &customer(1));
        assert_eq!(late.err(), Some(Refused::Stopping));
        order_subscriptions.open();
        assert!(order_subscriptions.listen(&order(1), &customer(1)).is_ok());
    }
}
