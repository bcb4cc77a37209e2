/* One macro for the few loops that gain from wider registers than the baseline has.
 *
 * INK_VECTOR goes behind the prototype of a function: where the C library can choose among versions of a function
 * at load time (x86-64 with glibc), the compiler makes a second one for AVX2. Everywhere else, such as arm64 whose
 * baseline has the registers it needs, it is nothing. Never put intrinsics here or anywhere else.
 *
 * INK_PLAIN switches it off: sanitizers are not up yet when the choice is made.
 */
#ifndef INK_VECTOR_H
#define INK_VECTOR_H

#include <stdint.h>
#include <stddef.h>

#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(INK_PLAIN)
#define INK_VECTOR __attribute__((target_clones("avx2", "default")))
#else
#define INK_VECTOR
#endif

/* Constant numbers of octets, in the widest registers that the function around them may use: 32 octets are two moves
 * on the baseline and one on AVX2. ``count`` must be a constant.
 */
typedef uint8_t ink_octets __attribute__((vector_size(32), aligned(1), may_alias));
typedef uint64_t ink_words __attribute__((vector_size(32), aligned(1), may_alias));
#define INK_INLINE static inline __attribute__((always_inline))

/* ``count`` times 32 octets; ``out`` and ``src`` do not overlap. */
INK_INLINE void ink_copy(uint8_t *out, const uint8_t *src, size_t count)
{
    for (size_t i = 0; i < count; i++)
        *(ink_octets *)(out + 32 * i) = *(const ink_octets *)(src + 32 * i);
}

/* ``count`` times 32 octets of one value. */
INK_INLINE void ink_fill(uint8_t *out, uint8_t value, size_t count)
{
    ink_octets all = value - (ink_octets){0};
    for (size_t i = 0; i < count; i++)
        *(ink_octets *)(out + 32 * i) = all;
}

/* ``count`` times 96 octets: the three words over and over. */
INK_INLINE void ink_words_3(uint8_t *out, uint64_t a, uint64_t b, uint64_t c, size_t count)
{
    ink_words first = {a, b, c, a}, second = {b, c, a, b}, third = {c, a, b, c};
    for (size_t i = 0; i < count; i++, out += 96) {
        *(ink_words *)out = first;
        *(ink_words *)(out + 32) = second;
        *(ink_words *)(out + 64) = third;
    }
}

#if defined(__GNUC__)
#define ink_likely(x) __builtin_expect(!!(x), 1)
#define ink_unlikely(x) __builtin_expect(!!(x), 0)
#else
#define ink_likely(x) (x)
#define ink_unlikely(x) (x)
#endif

#endif
