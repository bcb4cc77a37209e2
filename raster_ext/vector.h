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

#if defined(__GNUC__)
#define ink_likely(x) __builtin_expect(!!(x), 1)
#define ink_unlikely(x) __builtin_expect(!!(x), 0)
#else
#define ink_likely(x) (x)
#define ink_unlikely(x) (x)
#endif

#endif
