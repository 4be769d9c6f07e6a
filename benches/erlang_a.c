/*
 * The yardstick: an M/M/n+M queue (Erlang-A) as a small C loop, with nothing in it that a general simulator needs.
 * 100 contacts a minute, 3 min exponential handling, 2 min exponential patience, 310 people.
 *
 * One binary heap of (time, slot, generation) for ends of service and ends of patience, the next arrival beside it, a
 * slab of contacts with a free list, a linked first-come queue, cancellation by generation. Statistics on: counts,
 * sum and histogram of waits, answered within 20 s.
 *
 *   erlang_a [CONTACTS] [SEED]
 *
 * Prints one line: contacts per second, abandonment, mean wait of all (seconds), service level.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PEOPLE 310
#define ARRIVAL_MEAN 0.6   /* seconds between contacts */
#define HANDLE_MEAN 180.0
#define PATIENCE_MEAN 120.0
#define WITHIN 20.0
#define SLOTS 65536        /* contacts in the system at one time */
#define BINS 600           /* histogram of waits, a second a bin */
#define NONE UINT32_MAX

struct event { double at; uint32_t slot, generation; };
struct contact { double since; uint32_t generation, before, after; uint8_t in_service; };

static struct event heap[2 * SLOTS];
static size_t pending;
static struct contact contacts[SLOTS];
static uint32_t free_slots[SLOTS], free_count;
static uint32_t queue_head = NONE, queue_tail = NONE;
static uint64_t luck[4];

static struct { uint64_t offered, answered, abandoned, in_time; double wait_sum; uint64_t waits[BINS + 1]; } tally;

static uint64_t splitmix(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

static inline uint64_t turn(uint64_t x, int by) { return (x << by) | (x >> (64 - by)); }

static inline uint64_t draw(void) { /* xoshiro256++ */
    uint64_t result = turn(luck[0] + luck[3], 23) + luck[0], t = luck[1] << 17;
    luck[2] ^= luck[0]; luck[3] ^= luck[1]; luck[1] ^= luck[2]; luck[0] ^= luck[3];
    luck[2] ^= t; luck[3] = turn(luck[3], 45);
    return result;
}

static inline double exponential(double mean) {
    return -log(((double)(draw() >> 11) + 0.5) * 0x1p-53) * mean;
}

static inline void push(double at, uint32_t slot) {
    size_t hole = pending++;
    while (hole > 0) {
        size_t parent = (hole - 1) / 2;
        if (heap[parent].at <= at) break;
        heap[hole] = heap[parent];
        hole = parent;
    }
    heap[hole] = (struct event){ at, slot, contacts[slot].generation };
}

static inline struct event pop(void) { /* the hole sinks to a leaf, then the last entry rises */
    struct event top = heap[0], last = heap[--pending];
    size_t hole = 0, child = 1;
    while (child < pending) {
        if (child + 1 < pending && heap[child + 1].at < heap[child].at) child++;
        heap[hole] = heap[child];
        hole = child;
        child = 2 * hole + 1;
    }
    while (hole > 0) {
        size_t parent = (hole - 1) / 2;
        if (heap[parent].at <= last.at) break;
        heap[hole] = heap[parent];
        hole = parent;
    }
    heap[hole] = last;
    return top;
}

static inline void count_wait(double wait) {
    tally.wait_sum += wait;
    tally.waits[wait < BINS ? (size_t)wait : BINS]++;
}

static inline void serve(uint32_t slot, double now) {
    struct contact *c = &contacts[slot];
    double wait = now - c->since;
    count_wait(wait);
    tally.answered++;
    tally.in_time += wait <= WITHIN;
    c->generation++; /* its patience no longer counts */
    c->in_service = 1;
    push(now + exponential(HANDLE_MEAN), slot);
}

static inline void leave_queue(uint32_t slot) {
    struct contact *c = &contacts[slot];
    if (c->before == NONE) queue_head = c->after; else contacts[c->before].after = c->after;
    if (c->after == NONE) queue_tail = c->before; else contacts[c->after].before = c->before;
}

static inline void wait_in_queue(uint32_t slot, double now) {
    struct contact *c = &contacts[slot];
    c->before = queue_tail;
    c->after = NONE;
    if (queue_tail == NONE) queue_head = slot; else contacts[queue_tail].after = slot;
    queue_tail = slot;
    push(now + exponential(PATIENCE_MEAN), slot);
}

static inline void release(uint32_t slot) {
    contacts[slot].generation++;
    free_slots[free_count++] = slot;
}

int main(int argc, char **argv) {
    uint64_t limit = argc > 1 ? strtoull(argv[1], NULL, 10) : 20000000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    for (int i = 0; i < 4; i++) luck[i] = splitmix(&seed);
    for (uint32_t slot = SLOTS; slot-- > 0;) free_slots[free_count++] = slot;

    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    int idle = PEOPLE;
    double next_arrival = exponential(ARRIVAL_MEAN);
    while (tally.offered < limit || pending > 0) {
        if (tally.offered < limit && (pending == 0 || next_arrival <= heap[0].at)) {
            double now = next_arrival;
            next_arrival = now + exponential(ARRIVAL_MEAN);
            if (free_count == 0) { fputs("erlang_a: too many contacts at one time\n", stderr); return 1; }
            uint32_t slot = free_slots[--free_count];
            contacts[slot].since = now;
            contacts[slot].in_service = 0;
            tally.offered++;
            if (idle > 0) { idle--; serve(slot, now); } else wait_in_queue(slot, now);
            continue;
        }
        struct event e = pop();
        struct contact *c = &contacts[e.slot];
        if (e.generation != c->generation) continue; /* cancelled */
        if (!c->in_service) {
            leave_queue(e.slot);
            count_wait(e.at - c->since);
            tally.abandoned++;
            release(e.slot);
            continue;
        }
        release(e.slot);
        if (queue_head == NONE) { idle++; continue; }
        uint32_t next = queue_head;
        leave_queue(next);
        serve(next, e.at);
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    double seconds = (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
    printf("contacts_per_second %.0f abandonment %.6f mean_wait %.4f service_level %.6f seconds %.3f\n",
           (double)tally.offered / seconds, (double)tally.abandoned / (double)tally.offered,
           tally.wait_sum / (double)tally.offered, (double)tally.in_time / (double)tally.offered, seconds);
    return 0;
}
