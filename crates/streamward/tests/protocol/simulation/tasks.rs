//! Tasks of the simulated processes: futures that the world polls one step at a time.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

/// Wakes the world when a task can go on while nothing else can.
#[derive(Debug, Default)]
pub(super) struct Bell(Mutex<Option<Waker>>);

impl Bell {
    pub(super) fn wakes(&self, waker: &Waker) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(waker.clone());
    }

    fn ring(&self) {
        let waker = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

struct Flag {
    raised: AtomicBool,
    bell: Arc<Bell>,
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.raised.store(true, Ordering::Release);
        self.bell.ring();
    }
}

/// A future and whether it can go on.
pub(super) struct Task<T> {
    future: Pin<Box<dyn Future<Output = T>>>,
    flag: Arc<Flag>,
}

impl<T> Task<T> {
    pub(super) fn new(bell: &Arc<Bell>, future: impl Future<Output = T> + 'static) -> Self {
        let flag = Flag {
            raised: AtomicBool::new(true),
            bell: Arc::clone(bell),
        };
        Self {
            future: Box::pin(future),
            flag: Arc::new(flag),
        }
    }

    pub(super) fn is_ready(&self) -> bool {
        self.flag.raised.load(Ordering::Acquire)
    }

    /// Goes on until the future waits again. Returns its result when it has ended.
    pub(super) fn go_on(&mut self) -> Option<T> {
        self.flag.raised.store(false, Ordering::Release);
        let waker = Waker::from(Arc::clone(&self.flag));
        match self.future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(result) => Some(result),
            Poll::Pending => None,
        }
    }
}
