/* crash: the last words. Everything here is async-signal-safe: the module is found by reading /proc/self/maps. */
#include "ui/crash.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

static void (*restore_terminal)(void);
static int words_fd = 2;

static void say(const char *text)
{
    ssize_t ignored = write(words_fd, text, strlen(text));
    (void)ignored;
}

static uintptr_t place_of(const void *context)
{
    const ucontext_t *u = context;
#if defined(__x86_64__)
    return (uintptr_t)u->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (uintptr_t)u->uc_mcontext.pc;
#else
    (void)u;
    return 0;
#endif
}

static uintptr_t hexadecimal(const char **p)
{
    uintptr_t x = 0;
    for (;; ++*p) {
        char c = **p;
        if (c >= '0' && c <= '9')
            x = x * 16 + (uintptr_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            x = x * 16 + (uintptr_t)(c - 'a') + 10;
        else
            return x;
    }
}

/* The file name of the shared object that `at` lies in; "" when it is none. Lines: "from-to rwxp … /path". */
static const char *module_at(uintptr_t at, char *buffer, size_t size)
{
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    size_t have = 0;
    if (fd < 0)
        return "";
    for (;;) {
        ssize_t n = read(fd, buffer + have, size - 1 - have);
        if (n <= 0)
            break;
        have += (size_t)n;
        buffer[have] = '\0';
        char *line = buffer, *end;
        while ((end = strchr(line, '\n'))) {
            *end = '\0';
            const char *p = line;
            uintptr_t from = hexadecimal(&p);
            p += *p == '-';
            uintptr_t to = hexadecimal(&p);
            const char *slash = strrchr(line, '/');
            if (at >= from && at < to && slash) {
                close(fd);
                return slash + 1;
            }
            line = end + 1;
        }
        have = strlen(line);
        memmove(buffer, line, have + 1);
        if (have >= size - 1)
            have = 0; /* a line longer than the buffer is none of ours */
    }
    close(fd);
    return "";
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
    static volatile sig_atomic_t dying;
    static char buffer[8192];
    (void)info;
    if (!dying) {
        dying = 1;
        if (restore_terminal)
            restore_terminal();
        const char *module = module_at(place_of(context), buffer, sizeof buffer);
        bool ours = strstr(module, ".so") && !strstr(module, ".so."); /* a module, no system library */
        say("\nlathe: the program failed");
        if (*module) {
            say(ours ? " in the module " : " in ");
            say(module);
        }
        say(sig == SIGSEGV || sig == SIGBUS ? " (it touched memory that is not its own)"
            : sig == SIGFPE                 ? " (an impossible division)"
            : sig == SIGILL                 ? " (an instruction this processor has not)"
                                            : " (it gave up)");
        say(".\nlathe: nothing typed is lost: start lathe again and type resume.\n");
    }
    signal(sig, SIG_DFL);
    raise(sig);
}

void crash_install(void (*restore)(void), int stderr_fd)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    static char stack[65536]; /* a fault may be a stack that ran over */
    stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction act = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};

    restore_terminal = restore;
    words_fd = stderr_fd;
    sigaltstack(&alternative, NULL);
    sigemptyset(&act.sa_mask);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigaction(faults[i], &act, NULL);
}
