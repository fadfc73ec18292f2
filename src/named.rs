//! Enums whose variants have names that people type or read.

/// A closed set of names: the choices of an option, of a schema, or in a report.
pub trait Named: Copy + Sized + 'static {
    /// All variants, in the order in which they are listed.
    const ALL: &'static [Self];

    /// The name.
    fn name(self) -> &'static str;

    /// The variant of that name.
    fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.name() == name)
    }
}

/// Defines an enum that is [`Named`]. The list of all variants is generated from them, so none can be forgotten.
macro_rules! named {
    ($(#[$doc:meta])* $visibility:vis enum $name:ident { $($(#[$about:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        $visibility enum $name { $($(#[$about])* $variant),+ }

        impl $crate::named::Named for $name {
            const ALL: &'static [$name] = &[$($name::$variant),+];

            fn name(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }
        }
    };
}

pub(crate) use named;

#[cfg(test)]
mod tests {
    use super::*;

    named! {
        enum Color {
            Red = "red",
            Green = "green",
        }
    }

    #[test]
    fn each_variant_is_found_by_its_name_and_nothing_else_is() {
        assert_eq!(Color::ALL, [Color::Red, Color::Green]);
        assert!(Color::ALL.iter().all(|one| Color::of(one.name()) == Some(*one)));
        assert_eq!(Color::of("Red"), None);
    }
}
