//! Which objects are dictionaries: the names of their properties are data, like the slots of an
//! array.

use crate::v8::names;

/// A plain object with more named properties than this is considered a dictionary.
const DICTIONARY_PROPERTIES: usize = 32;

/// The same for an object of a class. A class may have many properties, but hardly this
/// many.
const CLASS_DICTIONARY_PROPERTIES: usize = 256;

/// In an object written as an interface, at least one in `PROPERTIES_PER_MEMBER`
/// properties is a method, an accessor or a symbol.
const PROPERTIES_PER_MEMBER: usize = 4;

/// Properties examined to decide that.
const MAX_SAMPLED_PROPERTIES: usize = 128;

/// Returns how many named properties an object may have that is no dictionary.
pub fn most_properties(is_plain: bool) -> usize {
    if is_plain { DICTIONARY_PROPERTIES } else { CLASS_DICTIONARY_PROPERTIES }
}

/// Whether an object with `count` named properties is a dictionary. `members` says of each
/// property whether it is of a sort that nobody stores under data keys: a method named after it,
/// an accessor, a symbol.
pub fn is_dictionary(count: usize, is_plain: bool, members: impl Iterator<Item = bool>) -> bool {
    count > most_properties(is_plain)
        && (count > CLASS_DICTIONARY_PROPERTIES || !has_members(members))
}

fn has_members(properties: impl Iterator<Item = bool>) -> bool {
    let (mut members, mut sampled) = (0, 0);
    for is_member in properties.take(MAX_SAMPLED_PROPERTIES) {
        sampled += 1;
        members += usize::from(is_member);
    }
    members * PROPERTIES_PER_MEMBER > sampled
}

/// Whether a property called `name` is an accessor, if it leads to a function, or a symbol.
pub fn is_member_name(name: &str, is_function: bool) -> bool {
    is_function && names::accessed(name).is_some() || names::symbol(name).is_some()
}
