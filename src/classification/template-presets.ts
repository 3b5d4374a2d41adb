/** Templates for a kind of pictures. */
export interface TemplatePreset {
  readonly preset: 'PHOTOGRAPHS' | 'PICTOGRAMS' | 'ARTWORKS' | 'PRODUCTS';
  readonly templates: readonly string[];
}

/**
 * Templates to choose from. Several say one thing in different ways, as the CLIP paper does (section 3.1.4): what they have in
 * common is the label, and what they differ in averages out.
 */
export const TEMPLATE_PRESETS: readonly TemplatePreset[] = [
  {
    preset: 'PHOTOGRAPHS',
    templates: [
      'a photo of a {label}',
      'a photo of the {label}',
      'a close-up photo of a {label}',
      'a photo of a large {label}',
      'a photo of a small {label}',
      'a photo of many {label}',
      'a bad photo of a {label}',
    ],
  },
  {
    preset: 'PICTOGRAMS',
    templates: [
      '{label}',
      'a {label}',
      'a picture of {label}',
      'a drawing of a {label}',
      'an icon of a {label}',
    ],
  },
  {
    preset: 'ARTWORKS',
    templates: [
      'a painting of a {label}',
      'a drawing of a {label}',
      'a sketch of a {label}',
      'an engraving of a {label}',
      'a sculpture of a {label}',
      'an artwork that shows a {label}',
    ],
  },
  {
    preset: 'PRODUCTS',
    templates: [
      'a product photo of a {label}',
      'a photo of a {label} on a white background',
      'a photo of a new {label}',
      'a {label} for sale',
      'a photo of the {label} from the side',
    ],
  },
];
