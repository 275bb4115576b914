//! Enums whose variants have a name that is stored and shown.

/// Defines an enum and the name of each variant. Gives it `ALL`, `NAMES`, `as_str` and `from_name`.
#[macro_export]
macro_rules! named_enum {
    (
        $(#[$attribute:meta])*
        $visibility:vis enum $type:ident {
            $( $(#[$variant_attribute:meta])* $variant:ident = $name:literal, )+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        $visibility enum $type {
            $( $(#[$variant_attribute])* $variant, )+
        }

        #[allow(dead_code, reason = "not every enum needs each of them")]
        impl $type {
            $visibility const ALL: &'static [Self] = &[$( Self::$variant ),+];
            $visibility const NAMES: &'static [&'static str] = &[$( $name ),+];

            $visibility const fn as_str(self) -> &'static str {
                match self {
                    $( Self::$variant => $name, )+
                }
            }

            $visibility fn from_name(name: &str) -> Option<Self> {
                match name {
                    $( $name => Some(Self::$variant), )+
                    _ => None,
                }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    named_enum! {
        enum Fruit {
            Apple = "apple",
            PassionFruit = "passion_fruit",
        }
    }

    #[test]
    fn each_variant_is_found_by_its_name_and_by_no_other() {
        for (fruit, name) in Fruit::ALL.iter().zip(Fruit::NAMES) {
            assert_eq!(fruit.as_str(), *name);
            assert_eq!(Fruit::from_name(name), Some(*fruit));
        }
        assert_eq!(Fruit::NAMES, ["apple", "passion_fruit"]);
        for name in ["", "Apple", "apple ", "PassionFruit"] {
            assert_eq!(Fruit::from_name(name), None, "{name:?}");
        }
    }
}
