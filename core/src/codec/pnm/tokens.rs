//! Numbers in text, with comments between them, as Netpbm reads them.

use crate::cursor::Cursor;

/// Reads numbers, one after the other.
pub(super) struct Tokens<'a> {
    text: Cursor<'a>,
}

/// What stands where a number should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// The number; the highest there is for what is higher.
    Number(u32),
    /// Something else.
    Junk(u8),
    /// The file's end.
    End,
}

impl<'a> Tokens<'a> {
    pub(super) const fn new(text: Cursor<'a>) -> Self {
        Self { text }
    }

    /// What is left, behind the one byte that ends the last number.
    pub(super) const fn rest(&self) -> Cursor<'a> {
        self.text
    }

    /// The next number, of any digits. `may_end`: whether the file's end ends it, too.
    pub(super) fn number(&mut self, may_end: bool) -> Token {
        let mut value = match self.first() {
            None => return Token::End,
            Some(digit @ b'0'..=b'9') => u32::from(digit - b'0'),
            Some(other) => return Token::Junk(other),
        };
        loop {
            match self.byte() {
                Some(digit @ b'0'..=b'9') => {
                    value = value.saturating_mul(10).saturating_add(u32::from(digit - b'0'));
                }
                None if !may_end => return Token::End,
                _ => return Token::Number(value),
            }
        }
    }

    /// The next number of one digit, behind which another may follow at once.
    pub(super) fn digit(&mut self) -> Token {
        match self.first() {
            None => Token::End,
            Some(digit @ b'0'..=b'9') => Token::Number(u32::from(digit - b'0')),
            Some(other) => Token::Junk(other),
        }
    }

    /// The next byte that is no space.
    fn first(&mut self) -> Option<u8> {
        loop {
            let byte = self.byte()?;
            if !byte.is_ascii_whitespace() && byte != 0x0B {
                return Some(byte);
            }
        }
    }

    /// The next byte. A comment, which may begin anywhere, is the end of its line.
    fn byte(&mut self) -> Option<u8> {
        let mut byte = self.text.u8()?;
        if byte == b'#' {
            while !matches!(byte, b'\n' | b'\r') {
                byte = self.text.u8()?;
            }
        }
        Some(byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_between_spaces_and_comments() {
        let mut tokens = Tokens::new(Cursor::new(b" 12\t#1 2\n\r3#4\n#\n 5x6 99999999999\n7"));
        for expected in [12, 3, 5, 6, u32::MAX, 7] {
            assert_eq!(tokens.number(true), Token::Number(expected));
        }
        assert_eq!(tokens.number(true), Token::End);
        assert_eq!(Tokens::new(Cursor::new(b"7")).number(false), Token::End);
        assert_eq!(Tokens::new(Cursor::new(b" -7")).number(false), Token::Junk(b'-'));
    }

    #[test]
    fn one_byte_ends_a_number_and_a_comment_counts_as_one() {
        for text in [&b"255\n\nab"[..], b"255 \nab", b"255#x\n\nab"] {
            let mut tokens = Tokens::new(Cursor::new(text));
            assert_eq!(tokens.number(false), Token::Number(255));
            assert_eq!(tokens.rest().rest(), b"\nab");
        }
    }

    #[test]
    fn digits_need_nothing_between_them() {
        let mut tokens = Tokens::new(Cursor::new(b"10 #0\n1"));
        let found = [(); 4].map(|()| tokens.digit());
        assert_eq!(found, [Token::Number(1), Token::Number(0), Token::Number(1), Token::End]);
    }
}
