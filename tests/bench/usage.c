/* bench_usage: runs a program and says what it took: bench_usage FILE PROGRAM ARGUMENTS… writes one line to FILE,
 * "WALL_SECONDS PEAK_MEGABYTES CPU_SECONDS", and ends with the program's own exit code. */
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

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: bench_usage FILE PROGRAM [ARGUMENTS]\n", stderr);
        return 2;
    }
    double start = seconds();
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
    struct rusage u;
    getrusage(RUSAGE_CHILDREN, &u);
    FILE *f = fopen(argv[1], "w");
    if (!f) {
        perror(argv[1]);
        return 1;
    }
    fprintf(f, "%.6f %.1f %.6f\n", wall, (double)u.ru_maxrss / 1024, of_timeval(u.ru_utime) + of_timeval(u.ru_stime));
    if (fclose(f)) {
        perror(argv[1]);
        return 1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
