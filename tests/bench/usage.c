/* bench_usage: runs a program and says what it took. `bench_usage FILE PROGRAM ARGUMENTS…` writes one line to FILE,
 * "WALL_SECONDS PEAK_MEGABYTES CPU_SECONDS OTHERS", and ends with the program's own exit code. OTHERS is the share
 * of the machine's processors that was busy with something else meanwhile (0 where there is no /proc/stat): a run
 * beside others says little. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double of_timeval(struct timeval t)
{
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

/* Seconds that all processors together have been busy since the machine was started; 0: can't tell. */
static double busy_seconds(void)
{
    double busy = 0;
    FILE *f = fopen("/proc/stat", "r");
    unsigned long long t[8] = {0};
    if (!f)
        return 0;
    bool good = fscanf(f, "cpu") == 0;
    for (int i = 0; good && i < 8; i++) {
        good = fscanf(f, "%llu", &t[i]) == 1;
        busy += i == 3 || i == 4 ? 0 : (double)t[i]; /* idle, waiting for disks */
    }
    fclose(f);
    return busy / (double)sysconf(_SC_CLK_TCK);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: bench_usage FILE PROGRAM [ARGUMENTS]\n", stderr);
        return 2;
    }
    double start = seconds(), busy = busy_seconds();
    pid_t child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror("bench_usage");
        return 1;
    }
    double wall = seconds() - start;
    busy = busy_seconds() - busy;
    struct rusage u;
    getrusage(RUSAGE_CHILDREN, &u);
    double cpu = of_timeval(u.ru_utime) + of_timeval(u.ru_stime);
    double others = (busy - cpu) / (wall * (double)sysconf(_SC_NPROCESSORS_ONLN));
    FILE *f = fopen(argv[1], "w");
    if (!f) {
        perror(argv[1]);
        return 1;
    }
    fprintf(f, "%.6f %.1f %.6f %.3f\n", wall, (double)u.ru_maxrss / 1024, cpu, others > 0 ? others : 0);
    if (fclose(f)) {
        perror(argv[1]);
        return 1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
