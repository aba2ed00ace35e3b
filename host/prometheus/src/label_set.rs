//! Labels of one series: names and values side by side in one text, to be filled again and again.
//!
//! Labels are appended as they come and put in order once, so that a set costs its bytes and a sort.

use std::ops::Range;

/// The label that holds the metric's name.
pub const NAME: &str = "__name__";

/// Labels; sorted by name, bytewise, once [`Self::finish`] has been called.
#[derive(Debug, Clone, Default)]
pub struct LabelSet {
    text: String,
    labels: Vec<Label>,
}

#[derive(Debug, Clone, Default)]
struct Label {
    name: Range<usize>,
    value: Range<usize>,
}

impl LabelSet {
    /// Removes all labels and keeps the memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.labels.clear();
    }

    /// How many labels there are, once [`Self::finish`] has been called.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The value of a label.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let label = self.labels.iter().rfind(|label| self.text[label.name.clone()] == *name)?;
        Some(&self.text[label.value.clone()])
    }

    /// Sets a label, whatever it was before.
    pub fn set(&mut self, name: &str, value: &str) {
        let name = self.write(|text| text.push_str(name));
        let value = self.write(|text| text.push_str(value));
        self.labels.push(Label { name, value });
    }

    /// Sets a label to what `write` appends, whatever it was before; if that is nothing it stays what it was.
    pub(super) fn set_unless_empty(&mut self, name: &str, write: impl FnOnce(&mut String)) {
        let value = self.write(write);
        if !value.is_empty() {
            let name = self.write(|text| text.push_str(name));
            self.labels.push(Label { name, value });
        }
    }

    /// Takes in an attribute: name and value are written by the caller. An empty value sets nothing. When all attributes
    /// are there, and before anything else is set, [`Self::merge`] is to be called.
    pub(super) fn join<E>(
        &mut self,
        write_name: impl FnOnce(&mut String) -> Result<(), E>,
        write_value: impl FnOnce(&mut String),
    ) -> Result<(), E> {
        let value = self.write(write_value);
        if value.is_empty() {
            return Ok(());
        }
        let mut named = Ok(());
        let name = self.write(|text| named = write_name(text));
        named?;
        self.labels.push(Label { name, value });
        Ok(())
    }

    /// Makes one label of attributes with one name: their values are joined in the order in which they came, without those
    /// that equal all that has been joined before them.
    pub(super) fn merge(&mut self) {
        self.sort();
        let Self { text, labels } = self;
        let (mut merged, mut next) = (0, 0);
        while next < labels.len() {
            let first = std::mem::take(&mut labels[next]);
            let same = |label: &&Label| text[label.name.clone()] == text[first.name.clone()];
            let others = next + 1..next + 1 + labels[next + 1..].iter().take_while(same).count();
            next = others.end;
            let value = join(text, first.value, &labels[others]);
            labels[merged] = Label { name: first.name, value };
            merged += 1;
        }
        labels.truncate(merged);
    }

    fn write(&mut self, write: impl FnOnce(&mut String)) -> Range<usize> {
        let start = self.text.len();
        write(&mut self.text);
        start..self.text.len()
    }

    /// By name; what has one name stays in its order.
    fn sort(&mut self) {
        let text = self.text.as_bytes();
        self.labels.sort_by(|a, b| text[a.name.clone()].cmp(&text[b.name.clone()]));
    }

    /// Sorts the labels and leaves out what was set again later, and then what is empty: absent says the same.
    pub fn finish(&mut self) {
        self.sort();
        let Self { text, labels } = self;
        labels.dedup_by(|later, earlier| {
            let same = text[later.name.clone()] == text[earlier.name.clone()];
            if same {
                std::mem::swap(later, earlier);
            }
            same
        });
        labels.retain(|label| !label.value.is_empty());
    }

    /// Memory in use, bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.text.capacity() + self.labels.capacity() * size_of::<Label>()
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.labels.iter().map(|label| (&self.text[label.name.clone()], &self.text[label.value.clone()]))
    }
}

/// Where in `text` the values stand that `first` and `others` make together.
fn join(text: &mut String, first: Range<usize>, others: &[Label]) -> Range<usize> {
    if others.is_empty() {
        return first;
    }
    let start = text.len();
    text.extend_from_within(first);
    for Label { value, .. } in others {
        if text[start..] != text[value.clone()] {
            text.push(';');
            text.extend_from_within(value.clone());
        }
    }
    start..text.len()
}
