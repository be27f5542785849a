/* kernels/cpu/include/sild_cpu.h — the whole C ABI of libsild_cpu.
 *
 * Every op exists once an instruction set: sild_perturb_baseline, sild_perturb_avx2, sild_perturb_avx512 (elsewhere than on
 * x86-64 only _baseline); those that multiply matrices for avx512_bf16 and amx too, which take the others from avx512.
 * sild_cpu_variant(i) names those that this machine can run, the fastest first; the caller takes one and stays with it,
 * because the order of a sum, and so its last bit, belongs to the instruction set.
 *
 * Arrays are f32, row-major and contiguous unless a line says otherwise; outputs come first. B rows, D = parts · width
 * coordinates, N outputs, K inputs. Every op returns SILD_OK or a status; none allocates, exits or aborts.
 */
#ifndef SILD_CPU_H
#define SILD_CPU_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SILD_API __attribute__((visibility("default")))

enum sild_status { SILD_OK = 0, SILD_BAD_ARGUMENT = 1, SILD_OUT_OF_MEMORY = 2 };
enum sild_type { SILD_F32 = 0, SILD_U8 = 1 };
/* How products are computed: SILD_F32_FAST as bf16x3 where tensor units make that faster, SILD_F32_STRICT in plain f32. */
enum sild_precision { SILD_F32_FAST = 0, SILD_F32_STRICT = 1, SILD_BF16 = 2 };

/* The machine. */
SILD_API const char* sild_cpu_variant(int i); /* NULL past the last */

/* Memory: bytes at data, set to zero, at a multiple of 64; block is what is to be freed. */
typedef struct sild_memory {
  void *block, *data;
} sild_memory;
SILD_API int sild_memory_allocate(sild_memory* memory, int64_t bytes);
SILD_API void sild_memory_free(void* block);

/* Threads. A team serves one op at a time; an op that finds it busy runs on its caller alone, with the same result. */
typedef struct sild_team sild_team;
typedef struct sild_stream sild_stream;
SILD_API int sild_team_create(sild_team** team, int threads);
SILD_API void sild_team_destroy(sild_team* team);
SILD_API int sild_stream_create(sild_stream** stream, sild_team* team, int precision); /* owns the scratch memory of its ops */
SILD_API int64_t sild_stream_bytes(int threads);
SILD_API void sild_stream_destroy(sild_stream* stream);

#ifndef SILD_VARIANT
#define SILD_VARIANT baseline
#endif
#define SILD_JOIN(a, b) a##_##b
#define SILD_NAME(op, variant) SILD_JOIN(op, variant)
#define SILD_OP(op) SILD_API int SILD_NAME(op, SILD_VARIANT)

/* What an op draws its samples from: row index[b, c] of data becomes part c of sample b; index NULL: row b. */
typedef struct sild_gather {
  const void* data;     /* (rows, width) of type */
  const int32_t* index; /* (B, parts) or NULL */
  const float* scale;   /* (D) */
  const float* shift;   /* (D) */
  int64_t rows, width;
  int32_t parts, type;
} sild_gather;

struct sild_step; /* maths/step.h, 32 bytes: first_sample u64, five f32 from learning_rate to second_ema_decay, 4 unused */

/* perturb.cpp — x_σ = x + σ n. noisy: (B, D), multiplied by c_in(σ; sigma_data); sigma: (B). */
SILD_OP(sild_perturb)(float* noisy, float* sigma, const sild_gather* gather, int64_t B, int law, float a, float b, float sigma_data,
                      uint32_t seed, uint32_t purpose, const struct sild_step* step, sild_stream* stream);
/* index: (B, parts), uniform on 0 … rows − 1. */
SILD_OP(sild_draw_indices)(int32_t* index, int64_t B, int32_t parts, int64_t rows, uint32_t seed, uint32_t purpose,
                           const struct sild_step* step, sild_stream* stream);

/* time_embedding.cpp — embedding: (B, E), sigma: (B), E even. */
SILD_OP(sild_time_embedding)(float* embedding, const float* sigma, int64_t B, int64_t E, sild_stream* stream);

/* linear.cpp — u = x wᵀ + bias + modulation, y = residual + gain ∘ φ(u).
 * y, u, residual: (B, N); x: (B, K); w: (N, K); bias, gain: (N); modulation: (B, N), or (N) with modulation_rows = 1.
 * u, bias, modulation, gain, residual may be NULL. */
SILD_OP(sild_linear_forward)(float* y, float* u, const float* x, const float* w, const float* bias, const float* modulation,
                             const float* gain, const float* residual, int64_t B, int64_t N, int64_t K, int64_t modulation_rows,
                             int activation, sild_stream* stream);
/* du = dy ∘ gain ∘ φ'(u), dbias = Σ_b du, dw = duᵀ x, dx (+)= du w. du: (B, N) is also the gradient of the modulation; with the
 * identity and no gain it may be dy. dx, dbias and gain may be NULL; dx_add, dw_add: add to what stands there. */
SILD_OP(sild_linear_backward)(float* dx, float* dw, float* dbias, float* du, const float* dy, const float* u, const float* x,
                              const float* w, const float* gain, int64_t B, int64_t N, int64_t K, int dx_add, int dw_add,
                              int activation, sild_stream* stream);
/* c (+)= op(a) op(b). c: (M, N); a: (M, K), stored (K, M) if a_transposed; b: (K, N), stored (N, K) if b_transposed. */
SILD_OP(sild_matmul)(float* c, const float* a, const float* b, int64_t M, int64_t N, int64_t K, int a_transposed,
                     int b_transposed, int add, sild_stream* stream);

/* norm.cpp — layer norm: y = (x − mean)/√(var + 1e−5) ∘ gain + shift, over the N columns of each row. x, y: (B, N); mean, rstd: (B). */
SILD_OP(sild_norm_forward)(float* y, float* mean, float* rstd, const float* x, const float* gain, const float* shift, int64_t B,
                           int64_t N, sild_stream* stream);
SILD_OP(sild_norm_backward)(float* dx, float* dgain, float* dshift, const float* dy, const float* x, const float* mean,
                            const float* rstd, const float* gain, int64_t B, int64_t N, int dx_add, sild_stream* stream);

/* group_norm.cpp — x̂ = (x − mean)/√(var + 1e−5) over each of the groups of C/groups channels, u = (x̂ gain + shift)(1 + a) + m, y = φ(u).
 * x, y: (B, C, P), P pixels; mean, rstd: (B, groups); gain, shift: (C); modulation: (B, 2C), a before m, or (2C) with
 * modulation_rows = 1, or NULL. */
SILD_OP(sild_group_norm_forward)(float* y, float* mean, float* rstd, const float* x, const float* gain, const float* shift,
                                 const float* modulation, int64_t B, int64_t C, int64_t P, int64_t groups, int64_t modulation_rows,
                                 int activation, sild_stream* stream);
/* dmodulation: (B, 2C), or NULL. dx may be dy; dx_add: add to what stands in dx. u is computed again. */
SILD_OP(sild_group_norm_backward)(float* dx, float* dgain, float* dshift, float* dmodulation, const float* dy, const float* x,
                                  const float* mean, const float* rstd, const float* gain, const float* shift,
                                  const float* modulation, int64_t B, int64_t C, int64_t P, int64_t groups,
                                  int64_t modulation_rows, int activation, int dx_add, sild_stream* stream);

/* attention.cpp — y = softmax(q kᵀ/√d) v for each of heads heads of d = C/heads ≤ 64 channels, in f32. layout 0: qkv (B, 3C, T),
 * y (B, C, T); layout 1: qkv (B, T, 3C), y (B, T, C). q, k, v follow one another, and in each the heads. log_sum_exp: (B, heads, T). */
SILD_OP(sild_attention_forward)(float* y, float* log_sum_exp, const float* qkv, int64_t B, int64_t T, int64_t C, int64_t heads,
                                int layout, sild_stream* stream);
/* dqkv: as qkv. */
SILD_OP(sild_attention_backward)(float* dqkv, const float* dy, const float* y, const float* qkv, const float* log_sum_exp, int64_t B,
                                 int64_t T, int64_t C, int64_t heads, int layout, sild_stream* stream);

/* dsm_loss.cpp — denoising score matching. dF, F: (B, D); loss, error, sigma: (B); noisy: what perturb wrote (NULL if sigma_data = 0).
 * error_b = ‖D − x‖², loss_b = λ(σ) error_b / D, dF = gradient of (1/B) Σ_b loss_b. dF may be NULL. */
SILD_OP(sild_dsm_loss)(float* dF, float* loss, float* error, const float* F, const float* noisy, const float* sigma,
                       const sild_gather* gather, int64_t B, float sigma_data, sild_stream* stream);

/* cross_entropy.cpp — loss_b = log Σ_c e^{l_bc} − l_b,label. dlogits, logits: (B, C); loss, correct: (B); labels: (rows) by index (B). */
SILD_OP(sild_cross_entropy)(float* dlogits, float* loss, float* correct, const float* logits, const uint8_t* labels,
                            const int32_t* index, int64_t B, int64_t C, sild_stream* stream);

/* softmax.cpp — p, dp, logits, dlogits: (B, C). dlogits = p ∘ (dp − Σ_c p dp) may be dp. */
SILD_OP(sild_softmax_forward)(float* p, const float* logits, int64_t B, int64_t C, sild_stream* stream);
SILD_OP(sild_softmax_backward)(float* dlogits, const float* dp, const float* p, int64_t B, int64_t C, sild_stream* stream);

/* token_embedding.cpp — x: (B · T, E), row token of table (V, E), NaN from V on; labels: (B · T) u8, the tokens; tokens: (rows, T) u8
 * by index (B), NULL: sample b is row b. */
SILD_OP(sild_token_embedding)(float* x, uint8_t* labels, const uint8_t* tokens, const int32_t* index, const float* table, int64_t B,
                              int64_t T, int64_t V, int64_t E, sild_stream* stream);

/* adamw_ema.cpp — p, m, v, ema, second_ema, g: (n), second_ema may be NULL. squared_norm: ‖g‖² (1 double). stopped: (1) i64; 0 while every gradient was finite, then
 * 1 + first_sample of the step that was not, from which on the op changes nothing. clip: largest gradient norm, 0 for none. */
SILD_OP(sild_adamw_ema)(float* p, float* m, float* v, float* ema, float* second_ema, int64_t* stopped, const float* g,
                        const double* squared_norm, int64_t n, const struct sild_step* step, float beta1, float beta2, float epsilon,
                        float weight_decay, float clip, sild_stream* stream);

/* reparameterise.cpp — code: (B, 2Z), a row's means before its log-variances; z, dz: (B, Z). z = μ + e^{l/2} n, n drawn for sample
 * step->first_sample + b; step NULL: z = μ. kl: (B), of N(μ, e^l) from N(0, I), or NULL. */
SILD_OP(sild_reparameterise_forward)(float* z, float* kl, const float* code, int64_t B, int64_t Z, uint32_t seed, uint32_t purpose,
                                     const struct sild_step* step, sild_stream* stream);
/* dcode: (B, 2Z), the gradient of what dz is the gradient of, and of weight · Σ_b kl_b. */
SILD_OP(sild_reparameterise_backward)(float* dcode, const float* dz, const float* code, int64_t B, int64_t Z, float weight,
                                      uint32_t seed, uint32_t purpose, const struct sild_step* step, sild_stream* stream);

/* mmd.cpp — MMD² of the rows of z from those of prior, both (B, Z), B ≥ 2. value: (B), its mean is MMD²;
 * dz: (B, Z) += weight · ∂MMD²/∂z, or NULL. */
SILD_OP(sild_mmd)(float* dz, float* value, const float* z, const float* prior, int64_t B, int64_t Z, float weight,
                  sild_stream* stream);

/* sampler_step.cpp — next = a x + b denoised + c previous + s z, z standard normal. All (B, N);
 * x, denoised and previous may be NULL: a term that is not there. samples: its first_sample is row 0's sample, NULL for 0. */
SILD_OP(sild_sampler_step)(float* next, const float* x, const float* denoised, const float* previous, int64_t B, int64_t N, float a,
                           float b, float c, float s, uint32_t seed, uint32_t purpose, const struct sild_step* samples, uint32_t step,
                           sild_stream* stream);

/* mlp_sampler.cpp — the reverse trajectory of the latent network, all evaluations in one call: maths/mlp_sampler.h.
 * Layer 0 … 1 + 2 blocks into packed: weight (N, K), bias (N), gain and shift (K) of the norm before it, both NULL where
 * there is none. */
SILD_OP(sild_pack_mlp)(void* packed, const float* weight, const float* bias, const float* gain, const float* shift, int64_t latent,
                       int64_t width, int64_t blocks, int64_t layer, sild_stream* stream);
/* How many bytes `packed` takes at the stream's precision. */
SILD_OP(sild_mlp_packed_bytes)(int64_t* bytes, int64_t latent, int64_t width, int64_t blocks, sild_stream* stream);
/* x: (B, latent), drawn as start · z if start > 0; modulation: (evaluations, blocks, width); plan: (evaluations, 9). at may be NULL:
 * row 0 is sample 0. */
SILD_OP(sild_mlp_sampler)(float* x, const void* packed, const float* modulation, const float* plan, int64_t B, int64_t latent,
                          int64_t width, int64_t blocks, int64_t evaluations, float start, uint32_t seed, uint32_t purpose,
                          const struct sild_step* at, sild_stream* stream);

/* mixture_denoiser.cpp — D(x; σ) of Σ_i w_i N(centre_i, variance_i I). denoised, x: (B, D), not the same; density: (B), ln p_σ(x_b),
 * or NULL; centres: (M, D); log_weights: (M), NULL: all 1/M; variances: (M), NULL: all 0; sigma: (B). */
SILD_OP(sild_mixture_denoiser)(float* denoised, float* density, const float* x, const float* centres, const float* log_weights,
                               const float* variances, const float* sigma, int64_t B, int64_t M, int64_t D, sild_stream* stream);

/* random_features.cpp — features: (B, P), φ(scale ⟨w_p, x_b⟩) with w_p drawn as sample first_feature + p; x: (B, D).
 * kind: 0 cosine, 1 relu, 2 silu, 3 tanh. */
SILD_OP(sild_random_features)(float* features, const float* x, int64_t B, int64_t P, int64_t D, int kind, float scale, uint32_t seed,
                              uint32_t purpose, uint64_t first_feature, sild_stream* stream);

/* reductions.cpp */
/* sum: (1) double, Σ x². A NaN or an infinity in x shows in it. */
SILD_OP(sild_sum_of_squares)(double* sum, const float* x, int64_t n, sild_stream* stream);
/* bins: (bins, 4) double += count, Σ error, Σ error², Σ loss of the rows with σ in the bin; uniform in ln σ on [low, high], ends open. */
SILD_OP(sild_bin_errors)(double* sums, const float* sigma, const float* error, const float* loss, int64_t B, int64_t bins, float low,
                         float high, sild_stream* stream);
/* value_b = max_j x_bj, index_b the first j that reaches it. x: (B, N). */
SILD_OP(sild_row_maximum)(float* value, int32_t* index, const float* x, int64_t B, int64_t N, sild_stream* stream);

/* conv2d.cpp — y = residual + bias + x ⋆ w, windows `stride` apart over x with `padding` zeros around it.
 * x: (B, C, H, W); w: (K, C, R, S); bias: (K) or NULL; y, residual (or NULL): (B, K, P, Q), P = ⌊(H + 2 padding − R)/stride⌋ + 1, Q likewise. */
SILD_OP(sild_conv2d_forward)(float* y, const float* x, const float* w, const float* bias, const float* residual, int64_t B, int64_t C,
                             int64_t H, int64_t W, int64_t K, int64_t R, int64_t S, int64_t stride, int64_t padding, sild_stream* stream);
/* dx and dbias may be NULL; dx_add: add to what stands in dx. */
SILD_OP(sild_conv2d_backward)(float* dx, float* dw, float* dbias, const float* dy, const float* x, const float* w, int64_t B,
                              int64_t C, int64_t H, int64_t W, int64_t K, int64_t R, int64_t S, int64_t stride, int64_t padding,
                              int dx_add, sild_stream* stream);

/* resample.cpp — x: planes of (height, width). kind 0, up: y: planes of (2 height, 2 width), y (+)= scale · the nearest pixel;
 * kind 1, down: y: planes of (height/2, width/2), y (+)= scale · the mean of 2 × 2 pixels. */
SILD_OP(sild_resample)(float* y, const float* x, int64_t planes, int64_t height, int64_t width, int kind, float scale, int add,
                       sild_stream* stream);

/* limits.cpp — what the machine can do at best.
 * Rounds of products at the stream's precision, from registers, on every member of the team. flops: (1), the operations they came to;
 * at SILD_F32_FAST on tiles those of f32, of which each takes three of bf16. */
SILD_OP(sild_peak_products)(double* flops, int64_t rounds, sild_stream* stream);
/* a = b + s c. a, b, c: (n). */
SILD_OP(sild_triad)(float* a, const float* b, const float* c, float s, int64_t n, sild_stream* stream);

#ifdef __cplusplus
}
#endif
#endif
