//! Labels of one series: names and values side by side in one text, to be filled again and again.

use std::ops::Range;

/// The label that holds the metric's name.
pub const NAME: &str = "__name__";

/// Labels; sorted by name, bytewise, once [`Self::finish`] has been called.
#[derive(Debug, Clone, Default)]
pub struct LabelSet {
    text: String,
    labels: Vec<Label>,
}

#[derive(Debug, Clone)]
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

    /// The value of a label.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.position(name).map(|index| &self.text[self.labels[index].value.clone()])
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.labels.iter().position(|label| self.text[label.name.clone()] == *name)
    }

    /// Sets a label, whatever it was before.
    pub fn set(&mut self, name: &str, value: &str) {
        let name = self.write(|text| text.push_str(name));
        let value = self.write(|text| text.push_str(value));
        self.put(Label { name, value });
    }

    /// Sets a label to an attribute's value: both are written by the caller. Where the name is taken already, the values
    /// are joined, unless the new one equals all that has been joined so far. An empty value sets nothing.
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
        let known = self.position_of(&name);
        let Some(index) = known else {
            self.labels.push(Label { name, value });
            return Ok(());
        };
        let joined = self.labels[index].value.clone();
        if self.text[joined.clone()] != self.text[value.clone()] {
            let both = format!("{};{}", &self.text[joined], &self.text[value]);
            self.labels[index].value = self.write(|text| text.push_str(&both));
        }
        Ok(())
    }

    fn position_of(&self, name: &Range<usize>) -> Option<usize> {
        let name = &self.text.as_bytes()[name.clone()];
        self.labels
            .iter()
            .position(|label| label.name.len() == name.len() && self.text.as_bytes()[label.name.clone()] == *name)
    }

    fn write(&mut self, write: impl FnOnce(&mut String)) -> Range<usize> {
        let start = self.text.len();
        write(&mut self.text);
        start..self.text.len()
    }

    fn put(&mut self, label: Label) {
        match self.position_of(&label.name) {
            Some(index) => self.labels[index] = label,
            None => self.labels.push(label),
        }
    }

    /// Sorts the labels and leaves empty ones out: absent says the same.
    pub(crate) fn finish(&mut self) {
        let Self { text, labels } = self;
        let text = text.as_bytes();
        labels.retain(|label| !label.value.is_empty());
        labels.sort_unstable_by(|a, b| text[a.name.clone()].cmp(&text[b.name.clone()]));
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
