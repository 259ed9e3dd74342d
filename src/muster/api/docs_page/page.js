// Shows the API's description with Swagger UI, in the colours that the system prefers.
const prefersDark = matchMedia("(prefers-color-scheme: dark)");

function followColourScheme() {
  document.documentElement.classList.toggle("dark-mode", prefersDark.matches);
}

prefersDark.addEventListener("change", followColourScheme);
followColourScheme();

SwaggerUIBundle({
  url: "api/v2/openapi.json",
  domNode: document.getElementById("api"),
  deepLinking: true,
  filter: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  persistAuthorization: false, // a token is not left behind in the browser
  validatorUrl: null, // nothing is sent anywhere else
});
