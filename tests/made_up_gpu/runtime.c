/* A CUDA runtime without a GPU, for a PyTorch that was built for CUDA (LD_PRELOAD).
 *
 * Real: all of PyTorch above CUDA's own functions, its allocators, streams, events and copies.
 * Made up: device memory is the machine's. A kernel does nothing, so no number that a GPU would
 * compute is there. Copies and events of a stream are done as late as CUDA allows: when somebody
 * waits for them; where a test asks for it, those of all but the usual stream at once. What was not
 * waited for, or was overwritten too early, shows in the bytes.
 */
#define _GNU_SOURCE
#include <cuda.h>
#include <cuda_runtime_api.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t the_lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
#define LOCK pthread_mutex_lock(&the_lock)
#define UNLOCK pthread_mutex_unlock(&the_lock)

static long long setting(const char *name, long long otherwise)
{
    const char *said = getenv(name);
    return said ? atoll(said) : otherwise;
}
static int devices(void) { return setting("MADE_UP_GPUS", 1); }
static size_t total(void) { return setting("MADE_UP_BYTES", 1LL << 32); }

static __thread int device;
static __thread cudaError_t last;
static cudaError_t lost;                 /* what each call gives once a device is lost */
static int launches_left = -1;           /* until it is */
static cudaError_t how_lost;

static cudaError_t given(cudaError_t error)
{
    if (error) last = error;
    return error;
}

/* --- what a test asks ---------------------------------------------------------------------- */

static char *journal;
static size_t written, room;
static int keeps_journal;

static void say(const char *format, ...)
{
    char line[200];
    va_list values;
    if (!keeps_journal) return;
    va_start(values, format);
    int length = vsnprintf(line, sizeof line - 1, format, values);
    va_end(values);
    LOCK;
    if (written + length + 2 > room) journal = realloc(journal, room = 2 * (room + length + 2));
    memcpy(journal + written, line, length);
    written += length;
    journal[written++] = '\n';
    journal[written] = 0;
    UNLOCK;
}
void made_up_journal(int on) { written = 0; if (journal) *journal = 0; keeps_journal = on; }
const char *made_up_read(void) { return journal ? journal : ""; }
static int ahead;
void made_up_ahead(int on) { ahead = on; }
void made_up_loss(int launches, int error) { launches_left = launches; how_lost = error; lost = 0; }

/* --- memory -------------------------------------------------------------------------------- */

enum { PAGEABLE, PINNED, GPU };
static const char *const KINDS[] = {"pageable", "pinned", "gpu"};
typedef struct { char *start; size_t size; int kind; } Range;
static Range *ranges;
static int count, most;
static size_t used;

static Range *range_of(const void *place)
{
    for (int i = 0; i < count; i++)
        if ((char *)place >= ranges[i].start && (char *)place < ranges[i].start + ranges[i].size)
            return ranges + i;
    return NULL;
}
static int kind_of(const void *place)
{
    LOCK;
    Range *found = range_of(place);
    int kind = found ? found->kind : PAGEABLE;
    UNLOCK;
    return kind;
}
static cudaError_t take(void **place, size_t size, int kind)
{
    LOCK;
    int fits = kind != GPU || used + size <= total();
    if (fits && !posix_memalign(place, 512, size ? size : 512)) {
        if (kind == GPU) used += size, memset(*place, 0, size);
        if (count == most) ranges = realloc(ranges, (most = 2 * most + 64) * sizeof *ranges);
        ranges[count++] = (Range){*place, size, kind};
    } else fits = 0;
    UNLOCK;
    return fits ? 0 : given(cudaErrorMemoryAllocation);
}
static void drain_all(void);
static cudaError_t give_back(void *place)
{
    LOCK;
    Range *found = range_of(place);
    drain_all();
    if (found) {
        if (found->kind == GPU) used -= found->size;
        *found = ranges[--count];
        free(place);
    }
    UNLOCK;
    return 0;
}
cudaError_t cudaMalloc(void **place, size_t size) { return lost ? given(lost) : take(place, size, GPU); }
cudaError_t cudaFree(void *place) { return place ? give_back(place) : 0; }
cudaError_t cudaHostAlloc(void **place, size_t size, unsigned flags) { return take(place, size, PINNED); }
cudaError_t cudaFreeHost(void *place) { return give_back(place); }
cudaError_t cudaMemGetInfo(size_t *left, size_t *all) { *all = total(); *left = *all - used; return 0; }
cudaError_t cudaPointerGetAttributes(struct cudaPointerAttributes *found, const void *place)
{
    int kind = kind_of(place);
    memset(found, 0, sizeof *found);
    found->type = kind == PINNED ? cudaMemoryTypeHost
                : kind == GPU ? cudaMemoryTypeDevice : cudaMemoryTypeUnregistered;
    found->device = kind == GPU ? device : -2;
    found->devicePointer = (void *)place;
    found->hostPointer = kind == PINNED ? (void *)place : NULL;
    return 0;
}

/* --- streams and events -------------------------------------------------------------------- */

struct Stream;
typedef struct { struct Stream *stream; unsigned long turn; } Event; /* as recorded last */
enum { COPY, SET, RECORD, WAIT };
typedef struct Work {
    struct Work *next;
    int kind, value, is_begun;
    void *to, *own;
    const void *from;
    size_t size;
    struct Stream *other;
    unsigned long turn;
} Work;
typedef struct Stream {
    struct Stream *next;
    Work *first, *final;
    int number;
    unsigned long done; /* the turn of its last event that has come */
} Stream;
static Stream usual, *others;
static unsigned long turns;

static Stream *stream_of(const void *handle)
{
    return (size_t)handle <= 2 ? &usual : (Stream *)handle; /* 1 and 2 are CUDA's names of it */
}
static void do_one(Stream *);
static void do_until(Stream *stream, unsigned long turn)
{
    while (stream && stream->done < turn && stream->first) do_one(stream);
}
static void do_one(Stream *stream)
{
    Work *work = stream->first;
    if (work->kind == WAIT && !work->is_begun) {
        work->is_begun = 1;
        do_until(work->other, work->turn);
        if (stream->first != work) return;
    }
    if (!(stream->first = work->next)) stream->final = NULL;
    if (work->kind == COPY) memmove(work->to, work->own ? work->own : work->from, work->size);
    if (work->kind == SET) memset(work->to, work->value, work->size);
    if (work->kind == RECORD) stream->done = work->turn;
    free(work->own);
    free(work);
}
static void drain(Stream *stream)
{
    LOCK;
    while (stream->first) do_one(stream);
    UNLOCK;
}
static void drain_all(void)
{
    drain(&usual);
    for (Stream *one = others; one; one = one->next) drain(one);
}
static void put(Stream *stream, Work work)
{
    Work *kept = malloc(sizeof work);
    *kept = work;
    LOCK;
    if (stream->final) stream->final->next = kept; else stream->first = kept;
    stream->final = kept;
    if (ahead && stream != &usual) drain(stream);
    UNLOCK;
}
cudaError_t cudaStreamCreateWithPriority(cudaStream_t *made, unsigned flags, int priority)
{
    static int numbers;
    Stream *stream = calloc(1, sizeof *stream);
    LOCK;
    stream->number = ++numbers;
    stream->next = others;
    others = stream;
    UNLOCK;
    *made = (cudaStream_t)stream;
    return 0;
}
cudaError_t cudaDeviceGetStreamPriorityRange(int *least, int *greatest) { *least = 0; *greatest = -5; return 0; }
cudaError_t cudaStreamQuery(cudaStream_t stream) { return stream_of(stream)->first ? cudaErrorNotReady : 0; }
cudaError_t cudaStreamSynchronize(cudaStream_t stream)
{
    say("wait for stream %d", stream_of(stream)->number);
    drain(stream_of(stream));
    return given(lost);
}
cudaError_t cudaDeviceSynchronize(void) { say("wait for all"); drain_all(); return given(lost); }
cudaError_t cudaStreamIsCapturing(cudaStream_t stream, enum cudaStreamCaptureStatus *status)
{
    *status = cudaStreamCaptureStatusNone;
    return 0;
}
cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned flags)
{
    *event = (cudaEvent_t)calloc(1, sizeof(Event));
    return 0;
}
cudaError_t cudaEventCreate(cudaEvent_t *event) { return cudaEventCreateWithFlags(event, 0); }
cudaError_t cudaEventRecord(cudaEvent_t handle, cudaStream_t stream)
{
    Event *event = (Event *)handle;
    LOCK;
    event->stream = stream_of(stream);
    event->turn = ++turns;
    put(event->stream, (Work){.kind = RECORD, .turn = event->turn});
    UNLOCK;
    return 0;
}
cudaError_t cudaEventRecordWithFlags(cudaEvent_t event, cudaStream_t stream, unsigned flags)
{
    return cudaEventRecord(event, stream);
}
cudaError_t cudaEventQuery(cudaEvent_t handle)
{
    Event *event = (Event *)handle;
    return !event->stream || event->stream->done >= event->turn ? 0 : cudaErrorNotReady;
}
cudaError_t cudaEventSynchronize(cudaEvent_t handle)
{
    Event *event = (Event *)handle;
    say("wait for event");
    LOCK;
    do_until(event->stream, event->turn);
    UNLOCK;
    return given(lost);
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t handle, unsigned flags)
{
    Event *event = (Event *)handle;
    if (event->stream && event->stream != stream_of(stream))
        put(stream_of(stream), (Work){.kind = WAIT, .other = event->stream, .turn = event->turn});
    return 0;
}
cudaError_t cudaMemcpyAsync(
    void *to, const void *from, size_t size, enum cudaMemcpyKind kind, cudaStream_t handle)
{
    Stream *stream = stream_of(handle);
    int source = kind_of(from), target = kind_of(to);
    if (lost) return given(lost);
    say("copy %s to %s", KINDS[source], KINDS[target]);
    LOCK;
    if (target == PAGEABLE) {
        drain(stream);
        memmove(to, from, size);
    } else {
        Work work = {.kind = COPY, .to = to, .from = from, .size = size};
        if (source == PAGEABLE) memcpy(work.own = malloc(size), from, size); /* as CUDA does */
        put(stream, work);
    }
    UNLOCK;
    return 0;
}
cudaError_t cudaMemcpy(void *to, const void *from, size_t size, enum cudaMemcpyKind kind)
{
    drain_all();
    memmove(to, from, size);
    return 0;
}
cudaError_t cudaMemsetAsync(void *to, int value, size_t size, cudaStream_t stream)
{
    put(stream_of(stream), (Work){.kind = SET, .to = to, .value = value, .size = size});
    return 0;
}

/* --- devices, errors and kernels ----------------------------------------------------------- */

cudaError_t cudaGetDeviceCount(int *found) { *found = devices(); return 0; }
cudaError_t cudaGetDevice(int *now) { *now = device; return 0; }
cudaError_t cudaSetDevice(int wanted)
{
    if (wanted >= devices()) return given(cudaErrorInvalidDevice);
    device = wanted;
    return 0;
}
cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *found, int number)
{
    memset(found, 0, sizeof *found);
    strcpy(found->name, "Made-up GPU");
    found->major = setting("MADE_UP_MAJOR", 9);
    found->totalGlobalMem = total();
    found->multiProcessorCount = 132;
    found->maxThreadsPerMultiProcessor = 2048;
    found->maxThreadsPerBlock = found->maxThreadsDim[0] = found->maxThreadsDim[1] = 1024;
    found->maxThreadsDim[2] = 64;
    found->maxGridSize[0] = 2147483647;
    found->maxGridSize[1] = found->maxGridSize[2] = 65535;
    found->warpSize = 32;
    found->sharedMemPerBlock = 49152;
    found->sharedMemPerBlockOptin = found->sharedMemPerMultiprocessor = 232448;
    found->regsPerBlock = found->regsPerMultiprocessor = 65536;
    return 0;
}
cudaError_t cudaDeviceGetAttribute(int *value, enum cudaDeviceAttr which, int number)
{
    *value = which == cudaDevAttrMultiProcessorCount ? 132
           : which == cudaDevAttrMaxThreadsPerBlock ? 1024
           : which == cudaDevAttrWarpSize ? 32 : 0;
    return 0;
}
cudaError_t cudaDriverGetVersion(int *version) { *version = CUDART_VERSION; return 0; }
cudaError_t cudaRuntimeGetVersion(int *version) { *version = CUDART_VERSION; return 0; }
cudaError_t cudaGetLastError(void) { cudaError_t was = last; last = 0; return lost ? lost : was; }
cudaError_t cudaPeekAtLastError(void) { return lost ? lost : last; }
const char *cudaGetErrorName(cudaError_t error) { return "cudaErrorOfATest"; }
const char *cudaGetErrorString(cudaError_t error) /* CUDA's own words */
{
    switch (error) {
    case cudaErrorMemoryAllocation: return "out of memory";
    case cudaErrorECCUncorrectable: return "uncorrectable ECC error encountered";
    case cudaErrorAssert: return "device-side assert triggered";
    case cudaErrorLaunchFailure: return "unspecified launch failure";
    case cudaErrorDevicesUnavailable: return "CUDA-capable device(s) is/are busy or unavailable";
    default: return "unknown error";
    }
}
static cudaError_t launched(void)
{
    if (launches_left >= 0 && launches_left-- == 0) lost = how_lost;
    return given(lost);
}
cudaError_t cudaLaunchKernel(
    const void *kernel, dim3 grid, dim3 block, void **given, size_t shared, cudaStream_t stream)
{
    return launched();
}
cudaError_t __cudaLaunchKernel(
    cudaKernel_t kernel, dim3 grid, dim3 block, void **given, size_t shared, cudaStream_t stream)
{
    return launched();
}
cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t *how, const void *kernel, void **given)
{
    return launched();
}
cudaError_t __cudaGetKernel(cudaKernel_t *found, const void *kernel) { *found = (cudaKernel_t)kernel; return 0; }
static __thread struct { dim3 grid, block; size_t shared; void *stream; } call;
unsigned __cudaPushCallConfiguration(dim3 grid, dim3 block, size_t shared, struct CUstream_st *stream)
{
    call.grid = grid, call.block = block, call.shared = shared, call.stream = stream;
    return 0;
}
cudaError_t __cudaPopCallConfiguration(dim3 *grid, dim3 *block, size_t *shared, void *stream)
{
    *grid = call.grid, *block = call.block, *shared = call.shared, *(void **)stream = call.stream;
    return 0;
}
static void *binary[1];
void **__cudaRegisterFatBinary(void *code) { return binary; }
cudaError_t cudaFuncGetAttributes(struct cudaFuncAttributes *found, const void *kernel)
{
    memset(found, 0, sizeof *found);
    found->maxThreadsPerBlock = 1024;
    found->binaryVersion = found->ptxVersion = 90;
    return 0;
}
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
    int *blocks, const void *kernel, int size, size_t shared, unsigned flags)
{
    *blocks = 2;
    return 0;
}

/* --- the driver and cuBLAS ----------------------------------------------------------------- */

CUresult cuDevicePrimaryCtxGetState(CUdevice number, unsigned *flags, int *active) { *flags = 0; *active = 1; return 0; }
CUresult cuCtxGetCurrent(CUcontext *context) { *context = (CUcontext)binary; return 0; }
CUresult cuCtxGetDevice(CUdevice *now) { *now = device; return 0; }
CUresult cuDeviceGet(CUdevice *found, int number) { *found = number; return 0; }
CUresult cuDriverGetVersion(int *version) { *version = CUDA_VERSION; return 0; }
CUresult cuGetErrorString(CUresult error, const char **said) { *said = cudaGetErrorString(error); return 0; }
CUresult cuDeviceGetAttribute(int *value, CUdevice_attribute which, CUdevice number)
{
    static struct cudaDeviceProp about;
    cudaGetDeviceProperties(&about, number);
    switch (which) {
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR: *value = about.major; break;
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN: *value = about.sharedMemPerBlockOptin; break;
    case CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_BLOCK: *value = about.regsPerBlock; break;
    case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT: *value = about.multiProcessorCount; break;
    case CU_DEVICE_ATTRIBUTE_WARP_SIZE: *value = about.warpSize; break;
    default: *value = 0;
    }
    return 0;
}
/* Kernels that torch.compile has made: their code is real, and nobody executes it. */
CUresult cuModuleLoadData(CUmodule *made, const void *code) { *made = (CUmodule)binary; return 0; }
CUresult cuModuleLoad(CUmodule *made, const char *file) { *made = (CUmodule)binary; return 0; }
CUresult cuModuleGetFunction(CUfunction *found, CUmodule code, const char *name) { *found = (CUfunction)binary; return 0; }
CUresult cuFuncGetAttribute(int *value, CUfunction_attribute which, CUfunction kernel)
{
    *value = which == CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK ? 1024 : 0;
    return 0;
}
CUresult cuPointerGetAttribute(void *found, CUpointer_attribute which, CUdeviceptr place)
{
    if (kind_of((void *)place) == PAGEABLE) return CUDA_ERROR_INVALID_VALUE;
    *(CUdeviceptr *)found = place;
    return 0;
}
CUresult cuLaunchKernelEx(const CUlaunchConfig *how, CUfunction kernel, void **given, void **extra)
{
    say("launch what was compiled");
    return launched();
}
CUresult cuLaunchKernel(
    CUfunction kernel, unsigned x, unsigned y, unsigned z, unsigned bx, unsigned by, unsigned bz,
    unsigned shared, CUstream stream, void **given, void **extra)
{
    say("launch what was compiled");
    return launched();
}
int cublasCreate_v2(void **handle) { *handle = binary; return 0; }
int cublasGetPointerMode_v2(void *handle, int *mode) { *mode = 0; return 0; }
int cublasGetMathMode(void *handle, int *mode) { *mode = 0; return 0; }
int cublasLtMatmulAlgoGetHeuristic(
    void *handle, void *what, void *a, void *b, void *c, void *d, void *wish, int wanted,
    void *found, int *number)
{
    *number = 1;
    return 0;
}
