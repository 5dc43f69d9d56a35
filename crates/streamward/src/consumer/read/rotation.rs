//! Which stream comes first: each in its turn, so that none starves behind the others.

/// The orders in which some streams are visited, without end.
#[derive(Clone, Debug)]
pub(crate) struct Rotation {
    streams: usize,
    first: usize,
}

impl Rotation {
    pub(crate) const fn over(streams: usize) -> Self {
        Self { streams, first: 0 }
    }
}

impl Iterator for Rotation {
    type Item = Vec<usize>;

    fn next(&mut self) -> Option<Vec<usize>> {
        let Self { streams, first } = *self;
        self.first = (first + 1) % streams.max(1);
        Some((0..streams).map(|n| (first + n) % streams).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_is_first_in_turn() {
        let orders: Vec<_> = Rotation::over(3).take(4).collect();
        assert_eq!(orders, [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 1, 2]]);
        assert_eq!(Rotation::over(0).next(), Some(vec![]));
    }
}
