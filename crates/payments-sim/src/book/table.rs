//! Rows in order of insertion, found by id.

use std::collections::HashMap;
use std::hash::Hash;

/// Something with an id of its own.
pub(crate) trait Row {
    type Id: Copy + Eq + Hash;

    fn id(&self) -> Self::Id;
}

/// Rows in order of insertion. Nothing is ever removed, so a row's place is stable.
#[derive(Debug)]
pub(crate) struct Table<K, T> {
    rows: Vec<T>,
    places: HashMap<K, u32>,
}

impl<K, T> Default for Table<K, T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            places: HashMap::new(),
        }
    }
}

impl<K: Copy + Eq + Hash, T: Row<Id = K>> Table<K, T> {
    /// Adds a row, or replaces the one with its id.
    pub(crate) fn insert(&mut self, row: T) {
        if let Some(old) = self.get_mut(row.id()) {
            *old = row;
            return;
        }
        let place = u32::try_from(self.rows.len()).expect("four thousand million rows do not fit");
        self.places.insert(row.id(), place);
        self.rows.push(row);
    }

    pub(crate) fn get(&self, id: K) -> Option<&T> {
        self.rows.get(self.place(id)?)
    }

    pub(crate) fn get_mut(&mut self, id: K) -> Option<&mut T> {
        let place = self.place(id)?;
        self.rows.get_mut(place)
    }

    /// Where in [`rows`](Self::rows) the row is.
    pub(crate) fn place(&self, id: K) -> Option<usize> {
        self.places.get(&id).map(|&place| place as usize)
    }

    /// All rows, oldest first.
    pub(crate) fn rows(&self) -> &[T] {
        &self.rows
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.rows.iter()
    }
}
