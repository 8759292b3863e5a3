//! How a structure of the interface is written down: once, as a table, from which everything else is made.

/// How a field's bytes are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One byte.
    U8,
    /// 16 bits, little-endian.
    U16,
    /// 32 bits, little-endian.
    U32,
    /// Bytes by themselves.
    Bytes,
}

/// One field of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name that every copy of the layout uses.
    pub name: &'static str,
    /// Bytes from the start of the structure.
    pub offset: usize,
    /// Bytes.
    pub size: usize,
    /// How its bytes are read.
    pub kind: Kind,
    /// What it means, with its unit and range.
    pub meaning: &'static str,
}

impl Field {
    /// Whether its bytes are zero, and refused otherwise.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        self.name.starts_with("reserved")
    }
}

/// One structure of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The structure's name.
    pub name: &'static str,
    /// What it is.
    pub meaning: &'static str,
    /// Its version; 0 for a structure without one.
    pub version: u8,
    /// Its bytes, all fields included.
    pub size: usize,
    /// Its fields in order, the reserved ones included.
    pub fields: &'static [Field],
}

impl Layout {
    /// Its fields in order, without the reserved bytes.
    pub fn named(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().filter(|field| !field.is_reserved())
    }

    /// A field by its name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// A type that a field can have.
pub(crate) trait Value: Sized {
    const KIND: Kind;

    /// From its bytes. Bytes that are missing are zeros; a structure has all of them.
    fn read(bytes: &mut impl Iterator<Item = u8>) -> Self;

    fn bytes(&self) -> impl Iterator<Item = u8>;
}

impl<const N: usize> Value for [u8; N] {
    const KIND: Kind = Kind::Bytes;

    fn read(bytes: &mut impl Iterator<Item = u8>) -> Self {
        std::array::from_fn(|_| bytes.next().unwrap_or_default())
    }

    fn bytes(&self) -> impl Iterator<Item = u8> {
        self.iter().copied()
    }
}

macro_rules! integers {
    ($($type:ty: $kind:ident),*) => { $(
        impl Value for $type {
            const KIND: Kind = Kind::$kind;

            fn read(bytes: &mut impl Iterator<Item = u8>) -> Self {
                Self::from_le_bytes(Value::read(bytes))
            }

            fn bytes(&self) -> impl Iterator<Item = u8> {
                self.to_le_bytes().into_iter()
            }
        }
    )* };
}

integers!(u8: U8, u16: U16, u32: U32);

/// Makes structures, their readers and writers, and [`LAYOUTS`](crate::LAYOUTS) from tables of offset, name, type and meaning.
macro_rules! layouts {
    ($(
        #[doc = $meaning:literal]
        $name:ident, version $version:literal, $size:literal bytes {
            $( $offset:literal $field:ident: $type:ty = $about:literal; )*
        }
    )*) => {
        $(
            #[doc = $meaning]
            #[repr(C)]
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $name {
                $( #[doc = $about] pub $field: $type, )*
            }

            /// Zeros, after the version.
            impl Default for $name {
                fn default() -> Self {
                    let mut bytes = [0; $size];
                    let [version, ..] = &mut bytes;
                    *version = $version;
                    Self::from_bytes(&bytes)
                }
            }

            impl $name {
                /// Bytes of the structure.
                pub const SIZE: usize = $size;

                /// The structure as a table.
                pub const LAYOUT: Layout = Layout {
                    name: stringify!($name),
                    meaning: $meaning.trim_ascii(),
                    version: $version,
                    size: $size,
                    fields: &[$( Field {
                        name: stringify!($field),
                        offset: $offset,
                        size: size_of::<$type>(),
                        kind: <$type as Value>::KIND,
                        meaning: $about,
                    }, )*],
                };

                /// From its bytes, of any value: nothing is checked.
                #[must_use]
                pub fn from_bytes(bytes: &[u8; $size]) -> Self {
                    let mut bytes = bytes.iter().copied();
                    Self { $( $field: Value::read(&mut bytes), )* }
                }

                /// Its bytes.
                #[must_use]
                pub fn to_bytes(&self) -> [u8; $size] {
                    let mut fields = std::iter::empty()$( .chain(self.$field.bytes()) )*;
                    std::array::from_fn(|_| fields.next().unwrap_or_default())
                }
            }

            // A compiler lays it out as the table says, without being told to pack it.
            const _: () = {
                assert!(size_of::<$name>() == $size);
                $( assert!(std::mem::offset_of!($name, $field) == $offset); )*
            };
        )*

        /// Every structure of the interface.
        pub const LAYOUTS: &[Layout] = &[$( $name::LAYOUT, )*];
    };
}

pub(crate) use layouts;
