/** The golden table of the graders: answer pairs with the verdict a person would give. Add a case by adding a line. */
import type { GraderName } from '../../src/grade/graders';

/** [reference, response, correct] */
type Pair = [string, string, boolean];

/** The two final answers in boxes, as models and references write them. */
const boxed = (pairs: Pair[]): Pair[] => pairs.map(([a, b, same]) => [`So we get \\boxed{${a}}.`, `Therefore the result is $\\boxed{${b}}$.`, same]);

export const golden: Record<string, { grader: GraderName; pairs: Pair[] }> = {
  'fractions and decimals': { grader: 'math', pairs: boxed([
    ['\\frac{1}{2}', '0.5', true], ['\\frac{1}{2}', '\\dfrac12', true], ['\\frac{1}{2}', '1/2', true], ['\\frac12', '\\frac{2}{4}', true],
    ['\\frac{1}{2}', '12', false], ['1/2', '2/1', false], ['\\frac{1}{2x}', '\\frac{1}{2}x', false], ['-\\frac{3}{4}', '\\frac{-3}{4}', true],
    ['-\\frac{3}{4}', '\\frac{3}{-4}', true], ['-\\frac34', '-.75', true], ['-\\frac34', '0.75', false], ['\\frac{22}{7}', '3.14', false],
    ['\\frac{22}{7}', '\\pi', false], ['\\frac13', '0.333333333', true], ['\\frac13', '0.33', false], ['0.\\overline{3}', '\\frac13', true],
    ['2.50', '2.5', true], ['.5', '0.5', true], ['7', '7.0', true], ['7', '7.01', false], ['0', '-0', true], ['100', '1e2', true],
    ['\\frac{\\frac{1}{2}}{3}', '\\frac16', true], ['\\frac{6}{4}', '\\frac{3}{2}', true], ['\\frac{123}{456}', '\\frac{41}{152}', true],
    ['\\frac{1}{0}', '\\frac{2}{0}', false],
  ]) },
  'mixed numbers': { grader: 'math', pairs: boxed([
    ['1\\frac{1}{2}', '\\frac{3}{2}', true], ['1\\frac{1}{2}', '1.5', true], ['1 1/2', '\\frac32', true], ['1\\frac12', '\\frac12', false],
    ['3\\frac{1}{4}', '\\frac{3}{4}', false], ['-2\\frac{1}{4}', '-2.25', true], ['-2\\frac14', '-1.75', false], ['11/2', '1\\frac12', false],
  ]) },
  'thousands and large numbers': { grader: 'math', pairs: boxed([
    ['1,234', '1234', true], ['1{,}234', '1234', true], ['1,234', '1.234', false], ['12\\!,\\!345', '12345', true], ['1\\,000\\,000', '1000000', true],
    ['10^{6}', '1,000,000', true], ['2^{100}', '4^{50}', true], ['10^{100}', '10^{100}+1', false], ['20!', '2432902008176640000', true],
    ['20!', '2432902008176640001', false], ['1000000', '1000001', false], ['3.0\\times10^{8}', '300000000', true], ['6.02 \\cdot 10^{23}', '6.02e23', true],
    ['1.5 \\times 10^{-3}', '0.0015', true], ['1.5 \\times 10^{-3}', '0.015', false], ['3 \\times 10^4', '34000', false],
  ]) },
  'percent and money': { grader: 'math', pairs: boxed([
    ['50\\%', '50', true], ['50\\%', '50\\%', true], ['50\\%', '0.5', true], ['50\\%', '5', false], ['0.5', '50\\%', true], ['0.5', '50', false],
    ['50', '50\\%', true], ['12.5\\%', '\\frac18', true], ['\\$4.50', '4.5', true], ['\\$4.50', '\\$4.05', false], ['\\$1,000', '1000', true],
    ['5\\text{ dollars}', '\\$5', true], ['150\\%', '1.5\\%', false],
  ]) },
  units: { grader: 'math', pairs: boxed([
    ['180\\text{ miles}', '180', true], ['180\\text{ miles}', '180 miles', true], ['180\\text{ miles}', '18\\text{ miles}', false],
    ['5\\text{ cm}', '5\\text{ m}', false], ['100\\text{ cm}', '1\\text{ m}', true], ['5\\text{ km}', '5\\text{ kg}', false], ['2\\text{ hours}', '120\\text{ minutes}', true],
    ['2\\text{ hours}', '2\\text{ minutes}', false], ['12\\text{ cm}^2', '12\\text{ square centimeters}', true], ['12\\text{ cm}^2', '12\\text{ cm}^3', false],
    ['12\\text{ cm}^2', '12', true], ['90^\\circ', '90', true], ['90^\\circ', '90\\text{ degrees}', true], ['90^{\\circ}', '\\frac{\\pi}{2}\\text{ radians}', true],
    ['90^\\circ', '45^\\circ', false], ['10\\sqrt{2}\\text{ ft}', '10\\sqrt2', true], ['18\\mbox{ inches}', '18', true], ['6\\text{ eggs}', '6', true],
    ['3\\text{ units}', '3', true],
  ]) },
  'roots, powers, constants': { grader: 'math', pairs: boxed([
    ['2\\sqrt{3}', '\\sqrt{12}', true], ['2\\sqrt{3}', '3\\sqrt{2}', false], ['\\frac{\\sqrt{2}}{2}', '\\frac{1}{\\sqrt{2}}', true], ['\\sqrt2', '\\sqrt{2}', true],
    ['\\sqrt{2}', '1.41421356', true], ['\\sqrt{2}', '1.41', false], ['\\sqrt{2}', '2', false], ['\\sqrt[3]{8}', '2', true], ['\\sqrt[3]{-8}', '-2', true],
    ['\\sqrt{16}', '\\pm 4', false], ['2^{10}', '1024', true], ['2^10', '1024', true], ['2^{-3}', '\\frac18', true], ['x^{12}', 'x^12', true], ['x^{12}', 'x^1 2', false],
    ['\\pi', '3.14159265', true], ['\\pi', '3.14', false], ['4\\pi', '12.566370614', true], ['\\pi r^2', 'r^2\\pi', true], ['\\pi r^2', '2\\pi r', false],
    ['\\frac{\\pi}{4}', '\\frac{3\\pi}{12}', true], ['e^{2}', 'e^2', true], ['e^{i\\pi}', '-1', true], ['\\log_2 8', '3', true], ['\\log 100', '2', true], ['\\ln e', '1', true],
    ['\\ln 2', '\\log_{2} e', false], ['5!', '120', true], ['5!', '5', false], ['n!', 'n', false], ['\\binom{5}{2}', '10', true], ['\\binom{10}{3}', '\\binom{10}{7}', true], ['|-3|', '3', true],
    ['\\lfloor 2.7 \\rfloor', '2', true], ['8^{1/3}', '2', true], ['\\sqrt{3}+\\sqrt{2}', '\\sqrt{2}+\\sqrt{3}', true], ['1+\\sqrt{5}', '\\sqrt{6}', false],
    ['\\frac{1+\\sqrt5}{2}', '1.6180339887', true], ['0.1+0.2', '0.3', true],
  ]) },
  'formulas': { grader: 'math', pairs: boxed([
    ['(x+1)^2', 'x^2+2x+1', true], ['(x+1)^2', 'x^2+1', false], ['x^2-1', '(x-1)(x+1)', true], ['\\frac{x^2-1}{x-1}', 'x+1', true], ['2x+3', '3+2x', true],
    ['2x+3', '3x+2', false], ['xy', 'yx', true], ['x', 'y', false], ['a-b', 'b-a', false], ['-x', 'x', false], ['\\sqrt{x^2}', 'x', false], ['\\sqrt{x^2}', '|x|', true],
    ['\\sin^2 x+\\cos^2 x', '1', true], ['\\sin 2x', '2\\sin x\\cos x', true], ['\\sin(\\pi/6)', '\\frac12', true], ['\\cos 60^\\circ', '0.5', true], ['\\tan^{-1}(1)', '\\frac{\\pi}{4}', true],
    ['\\frac{1}{x+1}', '\\frac{x-1}{x^2-1}', true], ['\\frac{a}{b}', '\\frac{b}{a}', false], ['2(x+y)', '2x+2y', true], ['2(x+y)', '2x+y', false], ['x^{2}y', 'yx^2', true],
    ['n(n+1)/2', '\\frac{n^2+n}{2}', true], ['3x_1+x_2', 'x_2+3x_1', true], ['x_1', 'x_2', false], ['2^{n+1}', '2\\cdot 2^n', true], ['2^{n+1}', '2^n+1', false],
    ['3+4i', '4i+3', true], ['3+4i', '3-4i', false], ['i^2', '-1', true], ['(1+i)^2', '2i', true], ['\\frac{x}{2}+\\frac{x}{2}', 'x', true],
  ]) },
  'labels and equations': { grader: 'math', pairs: boxed([
    ['x=5', '5', true], ['5', 'x = 5', true], ['x=5', 'y=5', true], ['x=5', '6', false], ['f(x)=x^2+1', 'x^2+1', true], ['y=2x+1', 'y = 1+2x', true], ['y=2x+1', '2x-y+1=0', true],
    ['y=2x+1', 'y=2x-1', false], ['y=2x+1', '2y=4x+2', true], ['x^2+y^2=4', 'y^2=4-x^2', true], ['x^2+y^2=4', 'x^2+y^2=2', false], ['a_{10}=29', '29', true],
  ]) },
  'inequalities and intervals': { grader: 'math', pairs: boxed([
    ['[1,2]', '[1, 2]', true], ['[1,2]', '(1,2)', false], ['[1,2)', '[1,2)', true], ['[1,2)', '(1,2]', false], ['(1,2)', '(2,1)', false], ['(-\\infty,3]', '(-\\infty, 3]', true],
    ['(-\\infty,3]', '(-\\infty,3)', false], ['(-\\infty,3]', 'x \\le 3', true], ['x>2', '2<x', true], ['x>2', '(2,\\infty)', true], ['x\\ge2', 'x>2', false], ['x \\geq 2', 'x >= 2', true],
    ['1<x\\le 4', '(1,4]', true], ['1<x\\le4', '1\\le x<4', false], ['x\\in[0,1]', '[0,1]', true], ['(0,1)\\cup(2,3)', '(2,3) \\cup (0,1)', true],
    ['(0,1)\\cup(2,3)', '(0,1)\\cup(2,4)', false], ['(0,1)\\cup(2,3)', '(0,3)', false], ['\\left[\\frac12,\\sqrt4\\right]', '[0.5, 2]', true], ['x<y', 'y>x', true], ['x<y', 'x>y', false],
    ['(-\\infty,\\infty)', '(-\\infty, +\\infty)', true],
  ]) },
  'sets, several answers, tuples': { grader: 'math', pairs: boxed([
    ['\\{1,2,3\\}', '\\{3, 2, 1\\}', true], ['\\{1,2,3\\}', '\\{1,2\\}', false], ['\\{1,2\\}', '1, 2', true], ['1,2', '2, 1', true], ['1, 2', '1, 3', false], ['3, -3', '\\pm 3', true],
    ['2\\pm\\sqrt3', '2-\\sqrt{3}, 2+\\sqrt{3}', true], ['2\\pm\\sqrt3', '2+\\sqrt3', false], ['x=1\\text{ or }x=2', '1, 2', true], ['1 \\text{ and } 2', '2 and 1', true], ['(1,2)', '(1, 2)', true],
    ['(1,2)', '(2,1)', false], ['(1,2)', '1,2', false], ['(\\frac12, -3)', '(0.5,-3)', true], ['(1,2,3)', '(1,2)', false], ['(3,\\frac{\\pi}{2})', '(3, 0.5\\pi)', true],
    ['\\{\\frac12\\}', '0.5', true], ['\\emptyset', '\\{\\}', true], ['\\emptyset', '0', false], ['\\langle 1,2\\rangle', '\\langle 1, 2 \\rangle', true], ['(1,2), (3,4)', '(3,4), (1,2)', true],
    ['(1,2), (3,4)', '(2,1), (3,4)', false], ['1,-2,3', '1,2,3', false],
  ]) },
  matrices: { grader: 'math', pairs: boxed([
    ['\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}', '\\begin{bmatrix}1&2\\\\3&4\\end{bmatrix}', true],
    ['\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}', '\\begin{pmatrix}1&3\\\\2&4\\end{pmatrix}', false],
    ['\\begin{pmatrix} 1/2 \\\\ -1 \\end{pmatrix}', '\\begin{pmatrix} 0.5 \\\\ -1 \\end{pmatrix}', true],
    ['\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}', '\\begin{pmatrix} 1 & 2 \\end{pmatrix}', false],
    ['\\begin{pmatrix} \\sqrt{12} & 0 \\end{pmatrix}', '\\begin{pmatrix} 2\\sqrt3 & 0 \\end{pmatrix}', true],
    ['\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}', '\\begin{vmatrix} 1 & 2 \\\\ 3 & 4 \\end{vmatrix}', false],
  ]) },
  words: { grader: 'math', pairs: boxed([
    ['\\text{east}', 'east', true], ['\\text{east}', '\\text{seat}', false], ['\\text{Monday}', 'monday', true], ['\\text{even}', '\\text{odd}', false], ['\\text{no}', 'on', false],
    ['\\text{(B)}', 'B', true], ['\\text{Evelyn}', '\\textbf{Evelyn}', true], ['\\text{yes}', 'no', false], ['\\text{ellipse}', '\\text{parabola}', false], ['\\text{neither}', '0', false],
    ['\\text{A, C}', 'A,C', true],
  ]) },
  'empty and hostile': { grader: 'math', pairs: [
    ['\\boxed{5}', '', false], ['\\boxed{5}', '\\boxed{}', false], ['\\boxed{}', '\\boxed{}', false], ['\\boxed{5}', '\\boxed{\\boxed{5}}', true],
    ['\\boxed{1}', `\\boxed{${'|'.repeat(100)}}`, false], ['\\boxed{1}', '\\boxed{9^{9^{9^{9^9}}}}', false], ['\\boxed{1}', `\\boxed{${'('.repeat(90)}1${')'.repeat(90)}}`, true],
    ['\\boxed{1}', `\\boxed{${'\\frac{1}{'.repeat(60)}1${'}'.repeat(60)}}`, false], ['\\boxed{1}', '\\boxed{(10^9)!}', false], ['\\boxed{1}', '\\boxed{\\sum_{k=1}^{10^9} k}', false],
    ['\\boxed{1}', `\\boxed{${'1,'.repeat(90)}1}`, false], ['\\boxed{1}', '\\boxed{constructor}', false], ['\\boxed{1}', '\\boxed{__proto__}', false], ['\\boxed{1}', '\\boxed{\\input{x}}', false],
    ['\\boxed{1}', '\\boxed{NaN}', false], ['\\boxed{\\frac{0}{0}}', '\\boxed{\\frac{1}{0}}', false], ['\\boxed{\\infty}', '\\boxed{-\\infty}', false], ['\\boxed{1}', '<script>alert(1)</script>', false],
    ['\\boxed{1}', '\\boxed{10^{999999999}}', false],
  ] },
  'choices': { grader: 'choice', pairs: [
    ['B', 'B', true], ['B', '(B)', true], ['(B)', 'The answer is B.', true], ['B', 'The answer is (C).', false], ['B) Paris', 'B', true], ['B', 'B. Paris', true], ['\\boxed{B}', '\\boxed{\\text{(B)}}', true],
    ['C', 'I would rule out (A) and (B), so it must be (C)', true], ['C', 'First I thought option A, but the correct choice is C', true], ['A', 'The answer is a dog', false], ['D', '', false], ['D', 'none of them', false],
    ['A', 'Answer: A', true], ['A', 'Answer: **A**', true], ['E', 'Option E', true], ['B', '\\boxed{D}', false],
  ] },
  'numbers with units': { grader: 'numeric', pairs: [
    ['#### 5', '#### 5 km', true], ['#### 5 km', 'The answer is 5 m', false], ['#### 5 km', 'The answer is 5000 m', true], ['#### 3 hours', 'The answer is 3 minutes', false], ['#### 12 eggs', 'The answer is 12 apples', true],
    ['#### 1,200', 'The answer is $1200.', true], ['#### 72', 'It is 72 clips', true], ['#### 72', 'It is 72 of 73', false], ['#### 0.5', '#### 1/2', true], ['#### 10', '#### 1e1', true], ['#### 2.5', '#### 2 1/2', true],
    ['#### -3', '#### 3', false], ['#### 100', '#### 100%', true], ['#### 5 pounds', 'The answer is 5 lb', true],
  ] },
};
