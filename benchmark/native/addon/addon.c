// A native addon that takes memory in the ways that addons do, and does not give it back.
//
// Node-API is stable, so its few functions are declared here: no headers are needed.

#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct napi_ref__ *napi_ref;
typedef struct napi_callback_info__ *napi_callback_info;
typedef napi_value (*napi_callback)(napi_env, napi_callback_info);
typedef void (*napi_finalize)(napi_env, void *, void *);

extern int napi_get_cb_info(napi_env, napi_callback_info, size_t *, napi_value *, napi_value *, void **);
extern int napi_get_value_int64(napi_env, napi_value, int64_t *);
extern int napi_get_value_string_utf8(napi_env, napi_value, char *, size_t, size_t *);
extern int napi_create_function(napi_env, const char *, size_t, napi_callback, void *, napi_value *);
extern int napi_create_int64(napi_env, int64_t, napi_value *);
extern int napi_create_external(napi_env, void *, napi_finalize, void *, napi_value *);
extern int napi_create_reference(napi_env, napi_value, uint32_t, napi_ref *);
extern int napi_set_named_property(napi_env, napi_value, const char *, napi_value);
extern int napi_adjust_external_memory(napi_env, int64_t, int64_t *);

#define MOST_ARGUMENTS 3
#define STACK_TOUCHED (128 << 10)
#define REST 48

static int64_t arguments(napi_env env, napi_callback_info info, napi_value *values, int64_t *numbers) {
  size_t count = MOST_ARGUMENTS;
  napi_get_cb_info(env, info, &count, values, NULL, NULL);
  for (size_t i = 0; i < MOST_ARGUMENTS; i++) {
    numbers[i] = 0;
    if (i < count) napi_get_value_int64(env, values[i], &numbers[i]);
  }
  return (int64_t)count;
}

static napi_value number(napi_env env, int64_t value) {
  napi_value result;
  napi_create_int64(env, value, &result);
  return result;
}

/** A block whose pages are all resident. */
static void *written(size_t bytes) {
  void *block = malloc(bytes);
  if (block != NULL) memset(block, 7, bytes);
  return block;
}

// What is kept, so that no compiler takes it for unused.
static void *volatile last_kept;

/** allocate(count, bytes): blocks that nobody frees. */
static napi_value allocate(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  int64_t numbers[MOST_ARGUMENTS];
  arguments(env, info, values, numbers);
  for (int64_t i = 0; i < numbers[0]; i++) {
    void **block = written((size_t)numbers[1]);
    if (block == NULL) break;
    *block = last_kept;
    last_kept = block;
  }
  return NULL;
}

/** map(bytes): memory from the system, beside the allocator, that nobody gives back. */
static napi_value map(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  int64_t numbers[MOST_ARGUMENTS];
  arguments(env, info, values, numbers);
  size_t bytes = (size_t)numbers[0];
  void *mapping = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping != MAP_FAILED) memset(mapping, 7, bytes);
  return NULL;
}

static void fill_stack(void) {
  volatile char block[STACK_TOUCHED];
  for (size_t i = 0; i < sizeof block; i += 512) block[i] = 7;
}

static void *wait_forever(void *unused) {
  fill_stack();
  for (;;) pause();
  return unused;
}

static void *end_soon(void *unused) {
  fill_stack();
  free(written(200000));
  return unused;
}

/** start(): a thread that waits for work which never comes. */
static napi_value start(napi_env env, napi_callback_info info) {
  (void)env;
  (void)info;
  pthread_t thread;
  if (pthread_create(&thread, NULL, wait_forever, NULL) == 0) {
    pthread_setname_np(thread, "tile-loader");
    pthread_detach(thread);
  }
  return NULL;
}

/** startAndJoin(): a thread that ends. */
static napi_value start_and_join(napi_env env, napi_callback_info info) {
  (void)env;
  (void)info;
  pthread_t thread;
  if (pthread_create(&thread, NULL, end_soon, NULL) == 0) pthread_join(thread, NULL);
  return NULL;
}

/** mapFile(path): maps all of a file, reads it, and answers where it is. */
static napi_value map_file(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  int64_t numbers[MOST_ARGUMENTS];
  arguments(env, info, values, numbers);
  char path[4096];
  size_t length;
  napi_get_value_string_utf8(env, values[0], path, sizeof path, &length);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  struct stat about;
  if (file < 0 || fstat(file, &about) != 0) return number(env, 0);
  volatile char *mapping = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (mapping == MAP_FAILED) return number(env, 0);
  for (off_t at = 0; at < about.st_size; at += 4096) (void)mapping[at];
  return number(env, (int64_t)(intptr_t)mapping);
}

/** unmap(address, bytes) */
static napi_value unmap(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  int64_t numbers[MOST_ARGUMENTS];
  arguments(env, info, values, numbers);
  munmap((void *)(intptr_t)numbers[0], (size_t)numbers[1]);
  return NULL;
}

/** hold(object): a reference that keeps it, and that nobody deletes. */
static napi_value hold(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value value;
  napi_get_cb_info(env, info, &count, &value, NULL, NULL);
  napi_ref reference;
  napi_create_reference(env, value, 1, &reference);
  return NULL;
}

/** split(count, bytes): blocks that are cut down to a small rest, where they are: the holes between the rests cannot join. */
static napi_value split(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  int64_t numbers[MOST_ARGUMENTS];
  arguments(env, info, values, numbers);
  size_t count = (size_t)numbers[0];
  void **blocks = calloc(count, sizeof *blocks);
  if (blocks == NULL) return NULL;
  for (size_t i = 0; i < count; i++) blocks[i] = written((size_t)numbers[1]);
  for (size_t i = 0; i < count; i++) {
    void **rest = realloc(blocks[i], REST);
    if (rest == NULL) break;
    *rest = last_kept;
    last_kept = rest;
  }
  free(blocks);
  return NULL;
}

/** peak(count, bytes): blocks that are all freed again. */
static napi_value peak(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  int64_t numbers[MOST_ARGUMENTS];
  arguments(env, info, values, numbers);
  size_t count = (size_t)numbers[0];
  void **blocks = calloc(count, sizeof *blocks);
  if (blocks == NULL) return NULL;
  for (size_t i = 0; i < count; i++) blocks[i] = written((size_t)numbers[1]);
  for (size_t i = 0; i < count; i++) free(blocks[i]);
  free(blocks);
  return NULL;
}

static void finalize(napi_env env, void *block, void *bytes) {
  int64_t total;
  napi_adjust_external_memory(env, -(int64_t)(intptr_t)bytes, &total);
  free(block);
}

/** image(bytes): an object with native memory that V8 knows of, freed with it. */
static napi_value image(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  int64_t numbers[MOST_ARGUMENTS];
  arguments(env, info, values, numbers);
  void *block = written((size_t)numbers[0]);
  napi_value object;
  int64_t total;
  napi_create_external(env, block, finalize, (void *)(intptr_t)numbers[0], &object);
  napi_adjust_external_memory(env, numbers[0], &total);
  return object;
}

static const struct {
  const char *name;
  napi_callback call;
} EXPORTS[] = {
  {"allocate", allocate}, {"map", map}, {"start", start}, {"startAndJoin", start_and_join},
  {"mapFile", map_file},  {"unmap", unmap}, {"hold", hold}, {"split", split},
  {"peak", peak}, {"image", image},
};

__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  for (size_t i = 0; i < sizeof EXPORTS / sizeof *EXPORTS; i++) {
    napi_value function;
    napi_create_function(env, EXPORTS[i].name, (size_t)-1, EXPORTS[i].call, NULL, &function);
    napi_set_named_property(env, exports, EXPORTS[i].name, function);
  }
  return exports;
}
