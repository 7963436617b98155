//! `[privacy]`: the key that pseudonyms are made with, and the one before it.

use super::super::raw::RawPrivacy;
use super::values::Resolver;
use bystander_core::privacy::{KeyProblem, PrivacyKey, PrivacyKeys, Pseudonymiser};

impl Resolver<'_> {
    pub(super) fn privacy(&mut self, raw: &RawPrivacy) -> Option<PrivacyKeys> {
        let current = self.privacy_key("key", raw.key_file.as_deref(), raw.key_id.as_ref());
        let previous =
            self.privacy_key("previous_key", raw.previous_key_file.as_deref(), raw.previous_key_id.as_ref());
        if let (None, Some(_)) = (&raw.key_file, &raw.previous_key_file) {
            let fix = "set privacy.key_file to the key that new pseudonyms are made with";
            self.wrong("privacy.previous_key_file", "comes before no key", fix);
        }
        let keys = PrivacyKeys { current: current?, previous };
        self.distinct(&keys);
        Some(keys)
    }

    /// The key of that name, without its id where that is wrong. A current key that is too short is told by the streams
    /// that need it.
    fn privacy_key(&mut self, name: &str, file: Option<&str>, id: Option<&String>) -> Option<PrivacyKey> {
        let (file_key, id_key) = (format!("privacy.{name}_file"), format!("privacy.{name}_id"));
        if file.is_none() && id.is_some() {
            self.wrong(&id_key, "is the id of no key", &format!("set {file_key}, or remove it"));
        }
        let bytes = self.secret(&file_key, file?)?;
        let key = PrivacyKey { bytes, id: id.cloned() };
        match Pseudonymiser::new(&key).err() {
            Some(KeyProblem::WrongId) => {
                let fix = "write 1 to 16 letters, digits, dots, dashes and underscores";
                self.wrong(&id_key, "isn't short and plain", fix);
                Some(PrivacyKey { id: None, ..key })
            }
            Some(KeyProblem::Short) if name != "key" => {
                self.wrong(
                    &file_key,
                    "holds fewer than 16 bytes",
                    "name the file with the key before this one",
                );
                None
            }
            _ => Some(key),
        }
    }

    fn distinct(&mut self, keys: &PrivacyKeys) {
        let Some(previous) = &keys.previous else { return };
        if previous.bytes == keys.current.bytes {
            let fix = "name the file with the key before this one, or remove it";
            self.wrong("privacy.previous_key_file", "holds the same key as privacy.key_file", fix);
        } else if previous.id == keys.current.id {
            let what = "is the id of privacy.previous_key_id, so pseudonyms don't tell which key made them";
            self.wrong(
                "privacy.key_id",
                what,
                "give the new key an id of its own, such as its year and month",
            );
        }
    }
}
