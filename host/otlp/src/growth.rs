//! Tables that are charged before they grow.

/// A table that grows for the first time gets place for so many entries: most requests have a few of each kind.
const FIRST_ENTRIES: usize = 8;

/// Bytes are asked for in steps of at least a page, so that a small request asks once.
const STEP_BYTES: usize = 4 << 10;

/// Bytes for tables, asked for as the tables need them. At most [`STEP_BYTES`] more are asked for than are used.
pub(super) struct Growth<'r> {
    /// Asked for more bytes; says whether they may be used.
    room: &'r mut dyn FnMut(usize) -> bool,
    /// Granted, and not used yet.
    left: usize,
}

/// A table may not grow: the room is used up, or the system has no memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoRoom;

impl<'r> Growth<'r> {
    pub(super) fn within(room: &'r mut dyn FnMut(usize) -> bool) -> Self {
        Self { room, left: 0 }
    }

    /// Appends `entry` to `table`.
    #[inline]
    pub(super) fn push<Entry>(&mut self, table: &mut Vec<Entry>, entry: Entry) -> Result<(), NoRoom> {
        if table.len() == table.capacity() {
            self.double(table)?;
        }
        table.push(entry);
        Ok(())
    }

    #[cold]
    fn double<Entry>(&mut self, table: &mut Vec<Entry>) -> Result<(), NoRoom> {
        let more = table.capacity().max(FIRST_ENTRIES);
        let bytes = more * size_of::<Entry>();
        if bytes > self.left {
            let step = (bytes - self.left).max(STEP_BYTES);
            if !(self.room)(step) {
                return Err(NoRoom);
            }
            self.left += step;
        }
        self.left -= bytes;
        table.try_reserve_exact(more).map_err(|_| NoRoom)
    }
}
