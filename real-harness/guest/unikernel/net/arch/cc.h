/* What lwIP asks of a compiler and platform (its doc/sys_arch.txt). */
#ifndef STRATA_LWIP_ARCH_CC_H
#define STRATA_LWIP_ARCH_CC_H

#ifdef __cplusplus
extern "C" {
#endif
void unikernel_assertion(const char* what) __attribute__((noreturn));
unsigned unikernel_random(void);
#ifdef __cplusplus
}
#endif

#define LWIP_PLATFORM_DIAG(x)
#define LWIP_PLATFORM_ASSERT(what) unikernel_assertion("lwIP: " what)
#define LWIP_RAND() unikernel_random()
#include <sys/types.h> /* ssize_t */
#define LWIP_NO_UNISTD_H 1
#define SSIZE_MAX 2147483647
#define LWIP_NO_CTYPE_H 1

#endif
