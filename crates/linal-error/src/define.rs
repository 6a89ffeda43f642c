//! The macro that defines the enum [`Code`](crate::Code) from its table.

/// A row of the table has a sentence (its doc comment), a variant, a number, a name and an example: `fails`
/// with a script, or `untested` with the reason.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $number:literal $name:literal $kind:ident $text:literal;)*) => {
        /// The kind of an error. Numbers and names never change their meaning.
        ///
        /// ```
        /// use linal_error::Code;
        ///
        /// assert_eq!(Code::UnknownName.to_string(), "E0304 unknown_name");
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        #[non_exhaustive]
        pub enum Code {
            $(
                $(#[doc = $doc])+
                #[doc = concat!("\n\n`E0", $number, " ", $name, "`")]
                #[doc = codes!(@doc $kind $text)]
                $variant = $number,
            )*
        }

        impl Code {
            /// Every code, in the order of the numbers.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            /// The stable number with its prefix: `E0304`.
            pub const fn number(self) -> &'static str {
                match self {
                    $(Code::$variant => concat!("E0", $number),)*
                }
            }

            /// The stable name of the number: `unknown_name`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Code::$variant => $name,)*
                }
            }

            /// The condition under which it is raised, as a sentence.
            pub fn sentence(self) -> &'static str {
                let written = match self {
                    $(Code::$variant => concat!($($doc),+),)*
                };
                written.trim()
            }

            /// A script whose last statement raises it.
            pub const fn example(self) -> Example {
                match self {
                    $(Code::$variant => codes!(@example $kind $text),)*
                }
            }
        }
    };
    (@doc fails $text:literal) => { concat!("\n\n```text\n", $text, "\n```") };
    (@doc untested $text:literal) => { concat!("\n\nNo example: ", $text, ".") };
    (@example fails $text:literal) => { Example::Fails($text) };
    (@example untested $text:literal) => { Example::Untested($text) };
}

pub(crate) use codes;
