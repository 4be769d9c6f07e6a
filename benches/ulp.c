/*
 * A mathematics library that is wrong by one unit in the last place, as another machine's may be. Preloaded in front of
 * the system's by tests/e2e/test_same_bytes.py: a simulation must not notice.
 *
 *   cc -O2 -shared -fPIC -o ulp.so ulp.c -ldl && LD_PRELOAD=./ulp.so program
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The next value away from zero, by the bits: nextafter itself must not come from a library that is wrong. */
static double off(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    if (((bits >> 52) & 0x7ff) == 0x7ff) return x; /* infinite or no number */
    bits += 1;
    memcpy(&x, &bits, sizeof bits);
    return x;
}

static float off_f(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    if (((bits >> 23) & 0xff) == 0xff) return x;
    bits += 1;
    memcpy(&x, &bits, sizeof bits);
    return x;
}

#define UNARY(name)                                                            \
    double name(double x) {                                                    \
        static double (*real)(double);                                         \
        if (!real) real = (double (*)(double))dlsym(RTLD_NEXT, #name);         \
        return off(real(x));                                                   \
    }                                                                          \
    float name##f(float x) {                                                   \
        static float (*real)(float);                                           \
        if (!real) real = (float (*)(float))dlsym(RTLD_NEXT, #name "f");       \
        return off_f(real(x));                                                 \
    }

#define BINARY(name)                                                           \
    double name(double x, double y) {                                          \
        static double (*real)(double, double);                                 \
        if (!real) real = (double (*)(double, double))dlsym(RTLD_NEXT, #name); \
        return off(real(x, y));                                                \
    }

UNARY(log)
UNARY(log2)
UNARY(log10)
UNARY(log1p)
UNARY(exp)
UNARY(exp2)
UNARY(expm1)
UNARY(sin)
UNARY(cos)
UNARY(tan)
UNARY(asin)
UNARY(acos)
UNARY(atan)
UNARY(sinh)
UNARY(cosh)
UNARY(tanh)
UNARY(cbrt)
UNARY(tgamma)
UNARY(lgamma)
UNARY(erf)
UNARY(erfc)
BINARY(pow)
BINARY(atan2)
BINARY(hypot)

double lgamma_r(double x, int *sign) {
    static double (*real)(double, int *);
    if (!real) real = (double (*)(double, int *))dlsym(RTLD_NEXT, "lgamma_r");
    return off(real(x, sign));
}

void sincos(double x, double *sine, double *cosine) {
    static void (*real)(double, double *, double *);
    if (!real) real = (void (*)(double, double *, double *))dlsym(RTLD_NEXT, "sincos");
    real(x, sine, cosine);
    *sine = off(*sine);
    *cosine = off(*cosine);
}
