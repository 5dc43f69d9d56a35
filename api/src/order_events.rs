//! Subscriptions to orders, and the one follower that wakes them.
//!
//! A subscriber reads its order's history itself; a wake-up only means that there may be something new. The follower is
//! therefore stateless, may wake too often, and any number of subscribers costs one reader of the streams, and none
//! without subscribers.

mod follower;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use contracts::{CustomerId, OrderId};
use tokio::sync::{Notify, watch};

/// Reason why a subscription is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The process has as many subscribers as it may have.
    Full,
    /// The customer has.
    TooMany,
    /// The process is stopping.
    Stopping,
}

/// All subscriptions of a process.
#[derive(Debug)]
pub(crate) struct OrderSubscriptions {
    state: Mutex<State>,
    /// Whether the server is stopping.
    closing: watch::Sender<bool>,
    /// Notified for every new subscription.
    subscribed: Notify,
    most: usize,
    most_per_customer: usize,
}

#[derive(Debug, Default)]
struct State {
    open: usize,
    customers: HashMap<CustomerId, usize>,
    orders: HashMap<OrderId, Channel>,
}

#[derive(Debug)]
struct Channel {
    subscribers: usize,
    changed: watch::Sender<()>,
}

impl OrderSubscriptions {
    /// Creates a registry of at most `most` subscriptions, `most_per_customer` of each customer.
    pub(crate) fn new(most: usize, most_per_customer: usize) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::default(),
            closing: watch::Sender::new(false),
            subscribed: Notify::new(),
            most,
            most_per_customer,
        })
    }

    /// Subscribes to an order.
    pub(crate) fn subscribe(
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
        if *of_customer >= self.most_per_customer {
            return Err(Refused::TooMany);
        }
        *of_customer += 1;
        state.open += 1;
        let channel = state.orders.entry(order.clone());
        let channel = channel.or_insert_with(|| Channel {
            subscribers: 0,
            changed: watch::Sender::new(()),
        });
        channel.subscribers += 1;
        let changed = channel.changed.subscribe();
        drop(state);
        self.subscribed.notify_one();
        Ok(Subscription {
            registry: Arc::clone(self),
            order: order.clone(),
            customer: customer.clone(),
            changed,
            closing,
        })
    }

    /// Accepts subscriptions, after a start of the server.
    pub(crate) fn open(&self) {
        self.closing.send_replace(false);
    }

    /// Ends all subscriptions, which would hold up a stop of the server.
    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
    }

    fn wake(&self, key: &str) {
        if let Ok(order) = key.parse::<OrderId>()
            && let Some(channel) = self.state().orders.get(&order)
        {
            channel.changed.send_replace(());
        }
    }

    fn wake_all(&self) {
        for channel in self.state().orders.values() {
            channel.changed.send_replace(());
        }
    }

    fn is_idle(&self) -> bool {
        self.state().open == 0
    }

    /// Locks the state; it is consistent even after a panic of a holder.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A subscription to an order; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Subscription {
    registry: Arc<OrderSubscriptions>,
    order: OrderId,
    customer: CustomerId,
    changed: watch::Receiver<()>,
    closing: watch::Receiver<bool>,
}

/// Result of waiting for a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wakeup {
    /// The order may have changed.
    Changed,
    /// The timeout expired.
    TimedOut,
    /// The server is stopping.
    Closing,
}

impl Subscription {
    /// Waits for a change of the order, for `timeout` at most.
    pub(crate) async fn wait(&mut self, timeout: Duration) -> Wakeup {
        tokio::select! {
            biased;
            _ = self.closing.wait_for(|closing| *closing) => Wakeup::Closing,
            // The sender lives as long as the subscription.
            _ = self.changed.changed() => Wakeup::Changed,
            () = tokio::time::sleep(timeout) => Wakeup::TimedOut,
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut state = self.registry.state();
        state.open -= 1;
        if let Some(count) = state.customers.get_mut(&self.customer) {
            *count -= 1;
            if *count == 0 {
                state.customers.remove(&self.customer);
            }
        }
        if let Some(channel) = state.orders.get_mut(&self.order) {
            channel.subscribers -= 1;
            if channel.subscribers == 0 {
                state.orders.remove(&self.order);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(1);

    fn order(n: u128) -> OrderId {
        OrderId::new(0, 1, n)
    }

    fn customer(n: u128) -> CustomerId {
        CustomerId::new(1, n)
    }

    #[test]
    fn subscriptions_are_counted_and_released() {
        let registry = OrderSubscriptions::new(3, 2);
        let ada = [1, 2].map(|n| registry.subscribe(&order(n), &customer(1)).unwrap());
        let more = registry.subscribe(&order(3), &customer(1));
        assert_eq!(more.err(), Some(Refused::TooMany));
        let other = registry.subscribe(&order(1), &customer(2)).unwrap();
        let more = registry.subscribe(&order(3), &customer(3));
        assert_eq!(more.err(), Some(Refused::Full));
        drop((ada, other));
        assert!(registry.is_idle());
        let state = registry.state();
        assert!(state.customers.is_empty() && state.orders.is_empty());
    }

    #[tokio::test]
    async fn a_subscriber_is_woken_for_its_own_order_only_and_ended_on_close() {
        let registry = OrderSubscriptions::new(3, 2);
        let mut one = registry.subscribe(&order(1), &customer(1)).unwrap();
        registry.wake(order(2).as_str());
        let moment = Duration::from_millis(20);
        assert_eq!(one.wait(moment).await, Wakeup::TimedOut);
        registry.wake(order(1).as_str());
        assert_eq!(one.wait(LONG).await, Wakeup::Changed);
        registry.close();
        assert_eq!(one.wait(LONG).await, Wakeup::Closing);
        let late = registry.subscribe(&order(1), &customer(1));
        assert_eq!(late.err(), Some(Refused::Stopping));
        registry.open();
        assert!(registry.subscribe(&order(1), &customer(1)).is_ok());
    }
}
