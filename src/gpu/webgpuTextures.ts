/** Textures that kernels sample instead of loading from buffers, and the layouts of their pipelines. */
import { SAMPLER_BINDING, type Binding, type Dispatch, type Texture } from './graph';

const formatOf = ({ halves }: Texture) => (halves ? 'rgba16float' : 'rgba32float');
const nameOf = (binding: number, size: Texture) => `${binding}: ${size.width} x ${size.height} ${formatOf(size)}`;

/** Bytes of a texture's row. */
export function rowBytes({ width, halves }: Texture): number {
  return (halves ? 8 : 16) * width;
}

/** Bytes of a program's textures. */
export function textureBytes(dispatches: readonly Dispatch[]): number {
  const sizes = new Map(dispatches.flatMap(({ bindings }) =>
    bindings.flatMap(({ binding, texture }) => (texture ? [[nameOf(binding, texture), rowBytes(texture) * texture.height] as const] : []))));
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** What sampled operands are copied into: one texture a size and binding, used again by every launch of a program. */
export class Textures {
  private readonly made = new Map<string, GPUTexture>();
  readonly sampler: GPUSampler;

  constructor(private readonly device: GPUDevice) {
    this.sampler = device.createSampler();
  }

  of(binding: number, size: Texture): GPUTexture {
    const key = nameOf(binding, size);
    const { width, height } = size;
    let texture = this.made.get(key);
    if (!texture) {
      const usage = GPUTextureUsage.COPY_DST | GPUTextureUsage.TEXTURE_BINDING;
      this.made.set(key, (texture = this.device.createTexture({ label: key, size: [width, height], format: formatOf(size), usage })));
    }
    return texture;
  }

  free(): void {
    for (const texture of this.made.values()) texture.destroy();
  }
}

/** Derived from the kernel, but for textures: a sampled one counts as filterable there, which four floats are not. */
export function layoutOf(device: GPUDevice, bindings: readonly Binding[]): GPUPipelineLayout | 'auto' {
  if (!bindings.some(({ texture }) => texture)) return 'auto';
  const visibility = GPUShaderStage.COMPUTE;
  const entries = bindings.map(({ binding, texture, write }): GPUBindGroupLayoutEntry => (texture
    ? { binding, visibility, texture: { sampleType: 'unfilterable-float' } }
    : { binding, visibility, buffer: { type: write ? 'storage' : 'read-only-storage' } }));
  entries.push({ binding: 0, visibility, buffer: { type: 'uniform' } }, { binding: SAMPLER_BINDING, visibility, sampler: { type: 'non-filtering' } });
  return device.createPipelineLayout({ bindGroupLayouts: [device.createBindGroupLayout({ entries })] });
}
