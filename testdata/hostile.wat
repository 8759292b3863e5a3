;; A component's core module, written to do harm: what an image would make of the guest if it took it over.
;;
;; Every host's tests contain it. They put their own text in place of what stands in braces, and these numbers where
;; they want to see what a message id, or the length of a request, does:
;;
;;   LOOP = 10
;;   REPLY_OUT_OF_MEMORY = 11
;;   REPLY_TOO_LONG = 12
;;   RESULT_OUT_OF_MEMORY = 13
;;   DIE_SILENTLY = 14
;;   PANIC = 15
;;   PANIC_WITH_A_LONG_TEXT = 16
;;   OVERFLOW_THE_STACK = 17
;;   READ_OUT_OF_MEMORY = 18
;;   EAT_MEMORY = 19
;;   RESULT_OF_NO_KIND = 20
;;   ERROR_THAT_IS_NO_TEXT = 21
;;   DIVIDE_BY_ZERO = 22
;;   LOOP_IN_POST = 24
;;   DIE_IN_POST = 25
;;   COUNT_CALLS = 26
;;   GROW_TO_80_MIB = 27
;;   KEEP_A_SECRET = 28
;;   TELL_THE_SECRET = 29
;;   REPLY_OVERLAPS_RESULT = 30
;;   REPLY_OF_4_GIB = 31
;;   REPLY_AT_A_NEGATIVE_ADDRESS = 32
;;   ADDRESS_AND_LENGTH_WRAP = 33
;;   NO_REPLY_AREA = 34
;;   CORRUPT_ITS_HEAP = 35
;;   A_VERY_LONG_MESSAGE = 36
;;   REPLY_IS_ALL_MEMORY = 37
;;   ERROR_ELSEWHERE = 38
;;   FILL_20_MIB = 39
;;   TELL_20_MIB = 40
;;   MAGIC_REALLOC_LENGTH = 77777
;;   NEVER_ENDING_REALLOC_LENGTH = 77778
;;
;; Memory: the result at 16, the panic text at 1024, a request wherever realloc's counter stands.
(module
  (memory (export "memory") 4)
  (global (export "thumbox_panic_text") i32 (i32.const {panic_text}))
  (global $next (mut i32) (i32.const 65536))
  (global $post (mut i32) (i32.const 0))
  (global $calls (mut i32) (i32.const 0))
  (data (i32.const 1028) "said by the guest")
  (data (i32.const 4096) "\ff\fe not text")
  (data (i32.const 5008) "kept")
  (table 1 1 funcref)

  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (if (i32.eq (local.get 3) (i32.const 77777)) (then (return (i32.const 0xfffffff0))))
    (if (i32.eq (local.get 3) (i32.const 77778)) (then (loop $again (br $again))))
    (local.set $at (global.get $next))
    (if (i32.gt_u (i32.add (local.get $at) (local.get 3)) (i32.mul (memory.size) (i32.const 65536)))
      (then (if (i32.eq (memory.grow (i32.add (i32.shr_u (local.get 3) (i32.const 16)) (i32.const 1))) (i32.const -1))
        (then unreachable))))
    (local.get $at))

  (func $answer (param $kind i32) (param $a i32) (param $b i32) (param $c i32) (result i32)
    (i32.store (i32.const 16) (local.get $kind))
    (i32.store (i32.const 20) (local.get $a))
    (i32.store (i32.const 24) (local.get $b))
    (i32.store (i32.const 28) (local.get $c))
    (i32.const 16))

  (func $deep (param i32) (result i32)
    (i32.add (call $deep (i32.add (local.get 0) (i32.const 1))) (local.get 0)))

  (func (export "{transport}call") (param $id i32) (param $at i32) (param $length i32) (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (global.set $post (local.get $id))
    (if (i32.eq (local.get $id) (i32.const 10)) (then (loop $again (br $again))))
    (if (i32.eq (local.get $id) (i32.const 11))
      (then (return (call $answer (i32.const 0) (i32.const 262140) (i32.const 8) (i32.const 0)))))
    (if (i32.eq (local.get $id) (i32.const 12))
      (then (return (call $answer (i32.const 0) (i32.const 8) (i32.const 0xffffffff) (i32.const 0)))))
    (if (i32.eq (local.get $id) (i32.const 13)) (then (return (i32.const 0xfffffff8))))
    (if (i32.eq (local.get $id) (i32.const 14)) (then unreachable))
    (if (i32.eq (local.get $id) (i32.const 15)) (then (i32.store (i32.const 1024) (i32.const 17)) unreachable))
    (if (i32.eq (local.get $id) (i32.const 16)) (then (i32.store (i32.const 1024) (i32.const -1)) unreachable))
    (if (i32.eq (local.get $id) (i32.const 17)) (then (drop (call $deep (i32.const 0)))))
    (if (i32.eq (local.get $id) (i32.const 18)) (then (drop (i32.load (i32.const 0x7fffffff)))))
    (if (i32.eq (local.get $id) (i32.const 19))
      (then (loop $again (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable))
    (if (i32.eq (local.get $id) (i32.const 20))
      (then (return (call $answer (i32.const 2) (i32.const 8) (i32.const 8) (i32.const 8)))))
    (if (i32.eq (local.get $id) (i32.const 21))
      (then (return (call $answer (i32.const 1) (i32.const 201) (i32.const 4096) (i32.const 11)))))
    (if (i32.eq (local.get $id) (i32.const 22)) (then (drop (i32.div_u (local.get $id) (i32.const 0)))))
    (if (i32.eq (local.get $id) (i32.const 26))
      (then
        (i32.store (i32.const 8) (global.get $calls))
        (return (call $answer (i32.const 0) (i32.const 8) (i32.const 4) (i32.const 0)))))
    (if (i32.eq (local.get $id) (i32.const 27)) (then (drop (memory.grow (i32.const 1280)))))
    (if (i32.eq (local.get $id) (i32.const 28))
      (then
        (memory.copy (i32.const 5000) (local.get $at) (i32.const 6))
        (return (call $answer (i32.const 0) (i32.const 5008) (i32.const 4) (i32.const 0)))))
    (if (i32.eq (local.get $id) (i32.const 29))
      (then (return (call $answer (i32.const 0) (i32.const 5000) (i32.const 6) (i32.const 0)))))
    (if (i32.eq (local.get $id) (i32.const 30))
      (then (return (call $answer (i32.const 0) (i32.const 12) (i32.const 12) (i32.const 0)))))
    (if (i32.eq (local.get $id) (i32.const 31))
      (then (return (call $answer (i32.const 0) (i32.const 0) (i32.const -1) (i32.const 0)))))
    (if (i32.eq (local.get $id) (i32.const 32))
      (then (return (call $answer (i32.const 0) (i32.const -16) (i32.const 8) (i32.const 0)))))
    (if (i32.eq (local.get $id) (i32.const 33))
      (then (return (call $answer (i32.const 0) (i32.const -4) (i32.const 12) (i32.const 0)))))
    (if (i32.eq (local.get $id) (i32.const 34)) (then (return (i32.const -1))))
    (if (i32.eq (local.get $id) (i32.const 35))
      (then
        (memory.fill (i32.const 0) (i32.const 0xa5) (i32.const 262144))
        (return (i32.const 16))))
    (if (i32.eq (local.get $id) (i32.const 36))
      (then (return (call $answer (i32.const 1) (i32.const 201) (i32.const 0) (i32.const 65537)))))
    (if (i32.eq (local.get $id) (i32.const 37))
      (then (return (call $answer (i32.const 0) (i32.const 0) (i32.const 262144) (i32.const 0)))))
    (if (i32.eq (local.get $id) (i32.const 38))
      (then (return (call $answer (i32.const 1) (i32.const 201) (i32.const -8) (i32.const 100)))))
    (if (i32.eq (local.get $id) (i32.const 39))
      (then
        (drop (memory.grow (i32.const 320)))
        (memory.fill (i32.const 262144) (i32.const 0xa5) (i32.const 20971520))
        (return (call $answer (i32.const 0) (i32.const 5008) (i32.const 4) (i32.const 0)))))
    (if (i32.eq (local.get $id) (i32.const 40))
      (then
        (drop (memory.grow (i32.const 320)))
        (return (call $answer (i32.const 0) (i32.const 262144) (i32.const 20971520) (i32.const 0)))))
    (call $answer (i32.const 0) (local.get $at) (local.get $length) (i32.const 0)))

  (func (export "cabi_post_{transport}call") (param i32)
    (if (i32.eq (global.get $post) (i32.const 24)) (then (loop $again (br $again))))
    (if (i32.eq (global.get $post) (i32.const 25)) (then unreachable)))

  (func (export "{transport}call-json") (param i32 i32 i32 i32) (result i32) {json})
  (func (export "cabi_post_{transport}call-json") (param i32))
  (func (export "{transport}configure") (param i32 i32) (result i32)
    {configure}
    (call $answer (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
  (func (export "cabi_post_{transport}configure") (param i32))
  {more}
)
