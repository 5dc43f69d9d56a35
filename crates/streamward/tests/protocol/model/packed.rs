//! Postponed entries, packed as the scripts pack them: MessagePack whose strings may hold any bytes.

use super::streams::Blob;

/// An entry in the delay queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Postponed {
    /// Its id when it was first read.
    pub(crate) first: Blob,
    pub(crate) history: Blob,
    /// Names and values.
    pub(crate) fields: Vec<Blob>,
}

impl Postponed {
    pub(super) fn pack(&self) -> Blob {
        let mut packed = vec![0x93];
        pack_bytes(&mut packed, &self.first);
        pack_bytes(&mut packed, &self.history);
        match u8::try_from(self.fields.len()) {
            Ok(few @ 0..16) => packed.push(0x90 | few),
            _ => packed.extend(head(0xdc, self.fields.len())),
        }
        for part in &self.fields {
            pack_bytes(&mut packed, part);
        }
        packed
    }

    /// Unpacks an entry; returns nothing for data of another kind.
    pub(crate) fn unpack(packed: &[u8]) -> Option<Self> {
        let mut rest = packed;
        (length(&mut rest, 0x90, 0x0f, &[(0xdc, 2)])? == 3).then_some(())?;
        let (first, history) = (unpack_bytes(&mut rest)?, unpack_bytes(&mut rest)?);
        let count = length(&mut rest, 0x90, 0x0f, &[(0xdc, 2)])?;
        let fields: Option<Vec<Blob>> = (0..count).map(|_| unpack_bytes(&mut rest)).collect();
        let fields = fields.filter(|fields| !fields.is_empty())?;
        Some(Self {
            first,
            history,
            fields,
        })
    }
}

fn head(kind: u8, length: usize) -> [u8; 3] {
    let length = u16::try_from(length).expect("the tests' entries are small");
    let [high, low] = length.to_be_bytes();
    [kind, high, low]
}

fn pack_bytes(packed: &mut Blob, bytes: &[u8]) {
    match u8::try_from(bytes.len()) {
        Ok(few @ 0..32) => packed.push(0xa0 | few),
        Ok(some) => packed.extend([0xd9, some]),
        Err(_) => packed.extend(head(0xda, bytes.len())),
    }
    packed.extend(bytes);
}

fn unpack_bytes(rest: &mut &[u8]) -> Option<Blob> {
    let count = length(rest, 0xa0, 0x1f, &[(0xd9, 1), (0xda, 2)])?;
    let bytes = rest.split_off(..count)?;
    Some(bytes.to_vec())
}

/// The length behind one of these heads: a short one, or one followed by so many bytes.
fn length(rest: &mut &[u8], short: u8, mask: u8, long: &[(u8, usize)]) -> Option<usize> {
    let kind = *rest.split_off_first()?;
    if kind & !mask == short {
        return Some(usize::from(kind & mask));
    }
    let (_, width) = long.iter().find(|(head, _)| *head == kind)?;
    let digits = rest.split_off(..*width)?;
    Some(
        digits
            .iter()
            .fold(0, |sum, digit| sum << 8 | usize::from(*digit)),
    )
}

#[cfg(test)]
mod tests {
    use super::Postponed;

    #[test]
    fn what_was_packed_is_unpacked() {
        for size in [0, 31, 32, 255, 256, 3000] {
            let entry = Postponed {
                first: b"1-0".to_vec(),
                history: b"[]".to_vec(),
                fields: vec![vec![0x80; size]; 1 + size % 40],
            };
            assert_eq!(Postponed::unpack(&entry.pack()), Some(entry));
        }
        assert_eq!(Postponed::unpack(b"words"), None);
    }
}
